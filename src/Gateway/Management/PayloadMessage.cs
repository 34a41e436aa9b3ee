using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;
using Serverless.Gateway.Connections;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Management;

/// <summary>
/// Reads the body of a send: <c>{"target":"m","arguments":[…]}</c> (names in any case), or a MessagePack map from protocol name to a
/// whole framed invocation (rest-api.md §2, 'Message body').
/// </summary>
internal static class PayloadMessage
{
    /// <summary>Largest body: 1 MiB.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Reads and checks the body once, for all receivers.</summary>
    public static async ValueTask<(OutboundMessage? Message, RestError? Error)> ReadAsync(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            || type.MediaType?.ToLowerInvariant() is not ("application/json" or "application/octet-stream"))
        {
            return (null, new RestError(
                StatusCodes.Status415UnsupportedMediaType,
                ErrorCodes.UnsupportedMediaType,
                "Send the message as application/json or application/octet-stream.",
                "Content-Type"));
        }

        var (body, error) = await ReadBodyAsync(context);
        if (error is not null)
        {
            return (null, error);
        }

        try
        {
            var isJson = type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase);
            return (isJson ? FromJson(body) : FromFrames(body), null);
        }
        catch (Exception exception) when (exception is JsonException or HubProtocolException or InvalidOperationException)
        {
            return (null, RestError.BadRequest($"The message in the request's body is invalid: {exception.Message}", "body"));
        }
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

    internal static OutboundMessage FromFrames(ReadOnlySpan<byte> body)
    {
        var reader = new MessagePackReader(body);
        var frames = new List<(HubProtocol, Frame)>();
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var name = reader.ReadString();
            var bytes = reader.ReadBinary();
            if (HubProtocol.Find(name) is { } protocol)
            {
                CheckInvocation(protocol, bytes);
                frames.Add((protocol, Frame.Copy(protocol.IsBinary, bytes)));
            }
        }

        return frames.Count > 0 && reader.IsAtEnd
            ? OutboundMessage.Encoded(frames)
            : throw new HubProtocolException("It must map 'json' or 'messagepack' to an encoded invocation, and nothing may follow.");
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

    private static void CheckInvocation(HubProtocol protocol, ReadOnlySpan<byte> bytes)
    {
        if ((!protocol.IsBinary && !Utf8.IsValid(bytes))
            || !protocol.TryCut(bytes, 0, MaxBytes, out var message, out var consumed)
            || consumed != bytes.Length
            || (protocol.IsBinary && new MessagePackReader(message).ReadRaw().Length != message.Length)
            || protocol.Read(message) is not { Type: HubMessageType.Invocation, InvocationId: null })
        {
            throw new HubProtocolException($"The value for '{protocol.Name}' is no single invocation without an id.");
        }
    }

    private static async ValueTask<(byte[] Body, RestError? Error)> ReadBodyAsync(HttpContext context)
    {
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
