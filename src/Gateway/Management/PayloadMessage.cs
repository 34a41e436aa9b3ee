using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Limits;
using Serverless.Protocol;

namespace Serverless.Gateway.Management;

/// <summary>
/// Reads the body of a send: <c>{"target":"m","arguments":[…]}</c> (names in any case) as JSON or MessagePack, or a MessagePack map from
/// protocol name to a whole framed invocation (docs/contract/rest-api.md#message-body).
/// </summary>
internal static partial class PayloadMessage
{
    /// <summary>The largest body: 1 MiB.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Reads and checks the body once, for all receivers.</summary>
    /// <param name="call">The call.</param>
    /// <param name="isCall">True when an encoded invocation may have an id, which the gateway replaces by its own.</param>
    public static ValueTask<(OutboundMessage? Message, RestError? Error)> ReadAsync(RestCall call, bool isCall = false) =>
        ReadAsync(call, isCall, static (type, body, answered) => type switch
        {
            MediaTypes.Json => FromJson(body),
            MediaTypes.OctetStream when !HasTarget(body) => FromFrames(body, answered ? EncodedCall : EncodedSend),
            _ => FromMessagePack(body),
        });

    /// <summary>Reads one item of a stream: the bare value as JSON or MessagePack, or a map of framed stream items.</summary>
    public static ValueTask<(OutboundMessage? Message, RestError? Error)> ReadItemAsync(RestCall call, string streamId) =>
        ReadAsync(call, streamId, static (type, body, id) => type switch
        {
            MediaTypes.Json => OutboundMessage.StreamItem(HubProtocol.Json, id, CheckJsonValue(body)),
            MediaTypes.OctetStream => FromFrames(body, (protocol, item) => item.Type == HubMessageType.StreamItem && item.InvocationId == id),
            _ => OutboundMessage.StreamItem(HubProtocol.MessagePack, id, CheckMessagePackValue(body)),
        });

    /// <summary>Reads a body that must be JSON.</summary>
    public static ValueTask<(TBody? Body, RestError? Error)> ReadJsonAsync<TBody>(RestCall call, Func<byte[], TBody> read)
        where TBody : class =>
        ReadBodyAsync(call, [MediaTypes.Json], (_, body) => read(body));

    private static bool EncodedSend(HubProtocol protocol, HubMessage message) =>
        message is { Type: HubMessageType.Invocation, InvocationId: null };

    private static bool EncodedCall(HubProtocol protocol, HubMessage message) => message.Type == HubMessageType.Invocation;

    private static ValueTask<(OutboundMessage? Message, RestError? Error)> ReadAsync<TState>(
        RestCall call, TState state, Func<string, byte[], TState, OutboundMessage> read) =>
        ReadBodyAsync(call, MediaTypes.OfMessages, (type, body) => read(type, body, state));

    private static async ValueTask<(TBody? Body, RestError? Error)> ReadBodyAsync<TBody>(
        RestCall call, string[] types, Func<string, byte[], TBody> read)
        where TBody : class
    {
        if (!MediaTypeHeaderValue.TryParse(call.Context.Request.ContentType, out var type)
            || !types.Contains(type.MediaType?.ToLowerInvariant()))
        {
            return (null, new RestError(
                StatusCodes.Status415UnsupportedMediaType,
                ErrorCodes.UnsupportedMediaType,
                $"Send the body as {string.Join(", ", types)}.",
                "Content-Type"));
        }

        var (body, error) = await ReadBodyAsync(call);
        if (error is not null)
        {
            return (null, error);
        }

        try
        {
            var message = read(type.MediaType!.ToLowerInvariant(), body);

            // The arguments, and a frame built from them.
            call.Memory?.Hold(2L * body.Length);
            return (message, null);
        }
        catch (Exception exception) when (exception is JsonException or HubProtocolException or InvalidOperationException)
        {
            return (null, RestError.BadRequest($"The message in the request's body is invalid: {exception.Message}", "body"));
        }
    }

    private static byte[] CheckJsonValue(byte[] body)
    {
        if (!Utf8.IsValid(body))
        {
            throw new HubProtocolException("It is not valid UTF-8.");
        }

        using var value = JsonDocument.Parse(body);
        return body;
    }

    internal static OutboundMessage FromJson(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            throw new HubProtocolException("Message in request body is required.");
        }

        // Text frames must be valid UTF-8, or browsers close the connection.
        if (!Utf8.IsValid(body))
        {
            throw new HubProtocolException("It is not valid UTF-8.");
        }

        string? target = null;
        byte[]? arguments = null;
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new HubProtocolException("It must be an object with 'target' and 'arguments'.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            if (string.Equals(name, "target", StringComparison.OrdinalIgnoreCase))
            {
                target = reader.TokenType == JsonTokenType.String
                    ? reader.GetString()
                    : throw new HubProtocolException("'target' must be a string.");
            }
            else if (string.Equals(name, "arguments", StringComparison.OrdinalIgnoreCase))
            {
                arguments = ReadArguments(ref reader, body);
            }
            else
            {
                reader.Skip();
            }
        }

        reader.Read();
        return string.IsNullOrEmpty(target)
            ? throw new HubProtocolException("'target' is required and must not be empty.")
            : OutboundMessage.Invocation(target, arguments ?? "[]"u8.ToArray());
    }

    private static byte[] ReadArguments(ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return "[]"u8.ToArray();
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new HubProtocolException("'arguments' must be an array.");
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed].ToArray();
    }

    private static async ValueTask<(byte[] Body, RestError? Error)> ReadBodyAsync(RestCall call)
    {
        var context = call.Context;
        var input = context.Request.BodyReader;
        while (true)
        {
            var result = await input.ReadAsync(context.RequestAborted);
            if (result.Buffer.Length > MaxBytes || context.Request.ContentLength > MaxBytes)
            {
                input.AdvanceTo(result.Buffer.End);
                return ([], new RestError(
                    StatusCodes.Status413PayloadTooLarge,
                    ErrorCodes.TooLarge,
                    $"The request's body is larger than {MaxBytes} bytes. Send less at once.",
                    "body"));
            }

            if (call.Memory?.TryGrow(result.Buffer.Length) == false)
            {
                input.AdvanceTo(result.Buffer.End);
                context.Response.Headers.RetryAfter = "1";
                return ([], new RestError(StatusCodes.Status429TooManyRequests, ErrorCodes.Throttled, QueuedBytes.Refusal));
            }

            if (result.IsCompleted)
            {
                var body = result.Buffer.ToArray();
                input.AdvanceTo(result.Buffer.End);
                return (body, null);
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
