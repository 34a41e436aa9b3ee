using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serverless.Protocol;

namespace Serverless.Hubs.AspNetCore;

/// <summary>Passes upstream requests from ASP.NET Core to the dispatcher and writes its responses.</summary>
internal static class HubUpstreamEndpoint
{
    private static readonly (string Route, string Header)[] Named =
    [
        ("hub", UpstreamHeaders.Hub),
        ("category", UpstreamHeaders.Category),
        ("event", UpstreamHeaders.Event),
    ];

    public static async Task HandleAsync(HttpContext context, UpstreamDispatcher dispatcher, int maxBodyBytes)
    {
        try
        {
            if (await AnswerAsync(context, dispatcher, maxBodyBytes) is { } answer)
            {
                await WriteAsync(context.Response, answer, context.RequestAborted);
            }
            else
            {
                context.Abort();
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The gateway has disconnected and does not read the response.
        }
    }

    // The headers prove that the gateway sent the request; the body of any other request is not read. Null if the body ended early.
    private static async Task<UpstreamResponse?> AnswerAsync(HttpContext context, UpstreamDispatcher dispatcher, int maxBodyBytes)
    {
        var request = context.Request;
        if (dispatcher.Authenticate(name => Header(request, name)) is { } refused)
        {
            return WithoutBody(context, refused);
        }

        if (Disagreement(context) is { } disagreement)
        {
            return WithoutBody(context, UpstreamResponse.Error(400, disagreement));
        }

        ReadOnlyMemory<byte>? body;
        try
        {
            body = await ReadAsync(request, maxBodyBytes, context.RequestAborted);
        }
        catch (BadHttpRequestException refusal)
        {
            // The server's own checks: a slow body, malformed chunks.
            return WithoutBody(context, UpstreamResponse.Error(refusal.StatusCode, refusal.Message));
        }
        catch (IOException)
        {
            return null;
        }

        return body is null
            ? WithoutBody(context, dispatcher.TooLarge())
            : await dispatcher.DispatchAuthenticatedAsync(
                new UpstreamRequest(request.ContentType, body.Value, name => Header(request, name)) { Services = context.RequestServices },
                context.RequestAborted);
    }

    // Closes the connection of HTTP/1.1 instead of reading the rest of the body.
    private static UpstreamResponse WithoutBody(HttpContext context, UpstreamResponse response)
    {
        if (HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers.Connection = "close";
        }

        return response;
    }

    private static string? Header(HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    private static string? Disagreement(HttpContext context)
    {
        foreach (var (route, header) in Named)
        {
            if (context.GetRouteValue(route) is string inRoute
                && Text(context.Request, header) is { } inHeader
                && !Same(inRoute, inHeader))
            {
                return $"The route's {route} does not match the header {header}.";
            }
        }

        return null;
    }

    private static string? Text(HttpRequest request, string name) => Header(request, name) is not { } value ? null
        : UpstreamHeaderText.Names(Header(request, GatewayHeaders.EncodedHeaders), name) ? UpstreamHeaderText.Decode(value)
        : value;

    // Routing decodes a value but keeps an escaped slash, so "%2F" may be a slash or these three characters: both sides are unescaped.
    // Only this check depends on it.
    private static bool Same(string inRoute, string inHeader) =>
        Uri.UnescapeDataString(inRoute).Equals(Uri.UnescapeDataString(inHeader), StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the body, or returns null if it is too large.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int maxBodyBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBodyBytes)
        {
            return null;
        }

        // One byte more than announced detects the end; one byte more than allowed detects the excess.
        var buffer = new byte[Math.Min(request.ContentLength ?? 4096, maxBodyBytes) + 1];
        var length = 0;
        while (true)
        {
            length += await request.Body.ReadAtLeastAsync(
                buffer.AsMemory(length), buffer.Length - length, throwOnEndOfStream: false, cancellationToken);
            if (length < buffer.Length)
            {
                break;
            }

            if (length > maxBodyBytes)
            {
                return null;
            }

            Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, maxBodyBytes + 1L));
        }

        return buffer.AsMemory(0, length);
    }

    private static async Task WriteAsync(HttpResponse response, UpstreamResponse answer, CancellationToken cancellationToken)
    {
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        if (!answer.IsStream)
        {
            response.ContentLength = answer.Body.Length;
        }

        await answer.CopyToAsync(response.Body, cancellationToken);
    }
}
