using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Routing;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Management;

/// <summary>
/// The operations that call one client or serve its call: <c>:invoke</c> and the items of a stream (docs/contract/rest-api.md#client-invocation).
/// </summary>
internal sealed class ClientCallOperations(Router router, ClientInvocations invocations, LiveTrace trace)
{
    private const int MaxStreamIdLength = 100;

    /// <summary>
    /// Calls a client and answers with its result: as JSON or MessagePack, or framed in the client's protocol if the caller accepts that.
    /// </summary>
    public async ValueTask<RestResult> InvokeAsync(RestCall call)
    {
        var (message, error) = await PayloadMessage.ReadAsync(call, isCall: true);
        if (error is not null)
        {
            return error;
        }

        var framed = MediaTypes.AcceptsFramed(call.Context.Request);
        var (end, answer) = await invocations.InvokeAsync(call.Hub, call.ConnectionId, message!, call.Aborted);
        call.Memory?.Hold(answer?.Value.Length * 2L ?? 0);
        if (end is ClientCallEnd.NoConnection or ClientCallEnd.NoForm)
        {
            var why = end == ClientCallEnd.NoForm ? NoReceiver.NoForm : NoReceiver.ConnectionNotFound;
            UndeliveredMessages.Add(
                trace, new(call.Hub, Target.Connection(call.ConnectionId), (int)why, trace.IsOn ? message!.Describe().Target : null, trace.Current));
        }

        return end switch
        {
            ClientCallEnd.NoConnection => RestError.NotFound(
                ErrorCodes.ConnectionNotExisted, $"Hub '{call.Hub}' has no connection with this id, or it closed before it answered."),
            ClientCallEnd.NoForm => RestError.BadRequest("The body has no message in the client's hub protocol.", "body"),
            ClientCallEnd.TimedOut => new RestError(
                StatusCodes.Status504GatewayTimeout,
                ErrorCodes.ClientTimeout,
                $"The client did not answer within {ClientInvocations.Timeout.TotalSeconds} s."),
            _ when answer!.Error is { } text => Failed(text, framed),
            _ when !answer!.Protocol.IsBinary && !Utf8.IsValid(answer.Value) => Failed("The client's result is not valid UTF-8.", framed),
            _ => framed ? Framed(call, answer!)
                : MediaTypes.PrefersMessagePack(call.Context.Request) ? MessagePack(answer!)
                : Json(answer!),
        };
    }

    /// <summary>Sends one item of a stream that the client requested; <c>completed=true</c> ends the stream after it.</summary>
    public async ValueTask<RestResult> SendItemAsync(RestCall call)
    {
        if (call.StreamId.Length > MaxStreamIdLength || string.IsNullOrWhiteSpace(call.StreamId))
        {
            return InvalidStreamId();
        }

        var query = call.Context.Request.Query["completed"];
        var completed = false;
        if (query is [{ Length: > 0 } text, ..] && !bool.TryParse(text, out completed))
        {
            return RestError.BadRequest("'completed' must be true or false.", "completed");
        }

        var (message, error) = await PayloadMessage.ReadItemAsync(call, call.StreamId);
        if (error is not null)
        {
            return error;
        }

        var target = Target.Connection(call.ConnectionId);
        await router.SendAsync(call.Hub, target, message!);
        if (completed)
        {
            await router.SendAsync(call.Hub, target, OutboundMessage.Completion(call.StreamId, null));
        }

        return StatusCodes.Status202Accepted;
    }

    /// <summary>Ends a stream, with an error if a reason is given (<c>error</c> in the SDK).</summary>
    public async ValueTask<RestResult> CompleteStreamAsync(RestCall call)
    {
        if (call.StreamId.Length > MaxStreamIdLength || string.IsNullOrWhiteSpace(call.StreamId))
        {
            return InvalidStreamId();
        }

        var error = call.Context.Request.Query["error"] is [{ Length: > 0 } text, ..] ? text : call.Reason;
        await router.SendAsync(call.Hub, Target.Connection(call.ConnectionId), OutboundMessage.Completion(call.StreamId, error));
        return StatusCodes.Status202Accepted;
    }

    private static RestError InvalidStreamId() =>
        RestError.BadRequest($"A stream's id has 1 to {MaxStreamIdLength} characters, and is not only white space.", "streamId");

    // The SDK shows the body of a 400 as the client's error.
    private static RestResult Failed(string error, bool framed) => framed
        ? new RestResult(StatusCodes.Status400BadRequest, null)
        {
            Code = ErrorCodes.ClientFailed,
            Body = Encoding.UTF8.GetBytes(error),
            ContentType = "text/plain; charset=utf-8",
        }
        : new RestError(StatusCodes.Status400BadRequest, ErrorCodes.ClientFailed, error);

    // {"result":…}; the result is null when the client returns no value
    private static RestResult Json(ClientAnswer answer)
    {
        var body = new ArrayBufferWriter<byte>(64 + answer.Value.Length);
        body.Write("{\"result\":"u8);
        if (!answer.HasValue)
        {
            body.Write("null"u8);
        }
        else if (answer.Protocol.IsBinary)
        {
            try
            {
                Transcoder.MessagePackToJson(answer.Value, body);
            }
            catch (HubProtocolException exception)
            {
                return Failed($"The client's result has no JSON form: {exception.Message}", framed: false);
            }
        }
        else
        {
            body.Write(answer.Value);
        }

        body.Write("}"u8);
        return new RestResult(StatusCodes.Status200OK, null) { Body = body.WrittenMemory, ContentType = "application/json" };
    }

    // {"result":…} as MessagePack; the bytes from a client of that protocol pass through
    private static RestResult MessagePack(ClientAnswer answer)
    {
        var body = new ArrayBufferWriter<byte>(64 + answer.Value.Length);
        var writer = new MessagePackWriter(body);
        writer.WriteMapHeader(1);
        writer.WriteString("result");
        if (!answer.HasValue)
        {
            writer.WriteNil();
        }
        else if (answer.Protocol.IsBinary)
        {
            writer.WriteRaw(answer.Value);
        }
        else
        {
            Transcoder.JsonToMessagePack(answer.Value, body);
        }

        return new RestResult(StatusCodes.Status200OK, null) { Body = body.WrittenMemory, ContentType = MediaTypes.MessagePack };
    }

    private static RestResult Framed(RestCall call, ClientAnswer answer)
    {
        // The gateway chooses the id; the caller ignores it and reads only the result.
        const string Id = "0";
        var body = new ArrayBufferWriter<byte>(64 + answer.Value.Length);
        if (answer.HasValue)
        {
            answer.Protocol.WriteResult(body, Id, answer.Value);
        }
        else
        {
            answer.Protocol.WriteCompletion(body, Id);
        }

        call.Context.Response.Headers["X-ASRS-Protocol"] = answer.Protocol.Name;
        return new RestResult(StatusCodes.Status200OK, null) { Body = body.WrittenMemory, ContentType = MediaTypes.OctetStream };
    }
}
