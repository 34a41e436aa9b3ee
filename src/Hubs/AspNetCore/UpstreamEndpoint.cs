using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serverless.Protocol;

namespace Serverless.Hubs.AspNetCore;

/// <summary>Carries upstream requests between ASP.NET Core and the dispatcher.</summary>
internal static class UpstreamEndpoint
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
            var response = Disagreement(context) is { } disagreement
                ? UpstreamResponse.Error(400, disagreement)
                : await ReadAsync(context, maxBodyBytes) is { } request
                    ? await dispatcher.DispatchAsync(request, context.RequestAborted)
                    : UpstreamResponse.Error(413, $"The body is larger than {maxBodyBytes} bytes.");
            await WriteAsync(context.Response, response, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The gateway has gone; there is nobody to answer.
        }
    }

    private static string? Disagreement(HttpContext context)
    {
        foreach (var (route, header) in Named)
        {
            if (context.GetRouteValue(route) is string inRoute
                && context.Request.Headers.TryGetValue(header, out var inHeader)
                && !Same(inRoute, inHeader.ToString()))
            {
                return $"The route's {route} is not that of the header {header}.";
            }
        }

        return null;
    }

    // A route value keeps an escaped slash as it was written, and everything else arrives decoded, so that it cannot be told
    // whether "%2F" was a slash or these three characters: both sides are unescaped. Nothing but this check depends on it.
    private static bool Same(string inRoute, string inHeader) =>
        Uri.UnescapeDataString(inRoute).Equals(Uri.UnescapeDataString(inHeader), StringComparison.OrdinalIgnoreCase);

    /// <summary>The request, or null if its body is too large.</summary>
    private static async Task<UpstreamRequest?> ReadAsync(HttpContext context, int maxBodyBytes)
    {
        var request = context.Request;
        if (request.ContentLength > maxBodyBytes)
        {
            return null;
        }

        // One byte more than is announced shows the end; one more than is allowed shows the excess.
        var buffer = new byte[Math.Min(request.ContentLength ?? 4096, maxBodyBytes) + 1];
        var length = 0;
        while (true)
        {
            var read = await request.Body.ReadAtLeastAsync(
                buffer.AsMemory(length), buffer.Length - length, throwOnEndOfStream: false, context.RequestAborted);
            length += read;
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

        var headers = request.Headers;
        return new UpstreamRequest(
            request.ContentType,
            buffer.AsMemory(0, length),
            name => headers.TryGetValue(name, out var value) ? value.ToString() : null);
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
