using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Serverless.Protocol;

namespace Serverless.EndToEnd.Systems;

/// <summary>
/// An upstream without hub logic: it records every request, and answers as the invocation's target selects, unusual and invalid responses
/// included.
/// </summary>
internal sealed class RecordingUpstream
{
    private const string StatusPrefix = "status-";

    private readonly ConcurrentDictionary<string, ConcurrentQueue<RecordedRequest>> _requests = new(StringComparer.Ordinal);

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/raw/{**rest}", HandleAsync);
        app.MapGet("/recorded/{connectionId}", WriteRecordedAsync);
    }

    private async Task HandleAsync(HttpContext context)
    {
        var headers = context.Request.Headers.ToDictionary(
            header => header.Key.ToLowerInvariant(), header => header.Value.ToString(), StringComparer.Ordinal);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var connectionId = headers["x-asrs-connection-id"];
        var rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        _requests.GetOrAdd(connectionId, _ => new()).Enqueue(
            new RecordedRequest(headers, rawTarget, Convert.ToBase64String(body.ToArray())));
        if (headers["x-asrs-category"] == "messages")
        {
            await AnswerAsync(context, connectionId, body.ToArray());
        }
    }

    private async Task AnswerAsync(HttpContext context, string connectionId, byte[] body)
    {
        var protocol = HubProtocol.All.Single(one => one.ContentType == context.Request.ContentType!.Split(';')[0]);
        var (target, invocationId) = (protocol.Read(body).Target!, protocol.Read(body).InvocationId);
        switch (target)
        {
            case "nothing":
                context.Response.ContentLength = 0;
                return;
            case "nothing, as 204":
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            case "nothing, chunked":
                await context.Response.StartAsync();
                return;
            case "garbage":
                await context.Response.WriteAsync("<html>This is no completion.</html>");
                return;
            case "counter":
                await context.Response.WriteAsync("1\n2\n{\"last\":\"é\"}\n");
                return;
            case "framed counter":
                await context.Response.Body.WriteAsync(FramedCounter(protocol, invocationId!));
                return;
            case "large stream":
                for (var i = 0; i < 8; i++)
                {
                    await context.Response.WriteAsync($"\"{i}{new string('x', 300_000)}\"\n");
                }

                return;
            case "endless stream":
                await WriteEndlesslyAsync(context, connectionId);
                return;
            case "open stream":
                context.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            case "drop":
                context.Abort();
                return;
            case not null when target.StartsWith(StatusPrefix, StringComparison.Ordinal):
                context.Response.StatusCode = int.Parse(target.AsSpan(StatusPrefix.Length), CultureInfo.InvariantCulture);
                return;
            default:
                break;
        }

        if (Completion(protocol, target!, connectionId, body) is { } completion)
        {
            await context.Response.Body.WriteAsync(completion);
        }
    }

    // 1, 2 and a completion as messages of the client's protocol; the numbers take one byte in both protocols.
    private static ReadOnlyMemory<byte> FramedCounter(HubProtocol protocol, string invocationId)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var item in protocol.IsBinary ? [1, 2] : "12"u8)
        {
            protocol.WriteStreamItem(output, invocationId, [item]);
        }

        protocol.WriteCompletion(output, invocationId);
        return output.WrittenMemory;
    }

    // Writes a number every 20 ms until the request is aborted, and records the abort.
    private async Task WriteEndlesslyAsync(HttpContext context, string connectionId)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        try
        {
            for (var i = 0; await ticks.WaitForNextTickAsync(context.RequestAborted); i++)
            {
                await context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{i}\n"), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            _requests[connectionId].Enqueue(new RecordedRequest(new Dictionary<string, string>(), "stream aborted", ""));
        }
    }

    // Returns null for an invocation that expects no completion.
    private static byte[]? Completion(HubProtocol protocol, string target, string connectionId, byte[] body)
    {
        var invocation = protocol.Read(body);
        if (invocation.InvocationId is not { } id)
        {
            return null;
        }

        var output = new ArrayBufferWriter<byte>();
        switch (target)
        {
            case "fail":
                protocol.WriteError(output, id, "The upstream says no: näh 🙅");
                break;
            case "answer another call":
                protocol.WriteCompletion(output, "4711");
                break;
            case "connection id":
                protocol.WriteResult(output, id, Text(protocol, connectionId));
                break;
            default:
                // The unchanged arguments are the result.
                protocol.WriteResult(output, id, invocation.Arguments);
                break;
        }

        return output.WrittenSpan.ToArray();
    }

    private static byte[] Text(HubProtocol protocol, string text)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(text);
        return protocol.IsBinary ? [0xD9, (byte)bytes.Length, .. bytes] : [(byte)'"', .. bytes, (byte)'"'];
    }

    private Task WriteRecordedAsync(HttpContext context)
    {
        var connectionId = (string)context.Request.RouteValues["connectionId"]!;
        RecordedRequest[] recorded = _requests.TryGetValue(connectionId, out var requests) ? [.. requests] : [];
        return context.Response.WriteAsJsonAsync(recorded, RecordedRequestJson.Default.RecordedRequestArray);
    }
}
