using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Serverless.Protocol;

/// <summary>
/// The "json" hub protocol. Property names are compared with case and may come in any order, and unknown ones are ignored. A message
/// without a numeric type is an error (HubProtocol.md, "JSON Encoding").
/// </summary>
internal sealed class JsonHubProtocol : HubProtocol
{
    /// <summary>The byte that ends every JSON message.</summary>
    public const byte RecordSeparator = 0x1E;

    public override string Name => "json";

    public override int Index => 0;

    public override bool IsBinary => false;

    public override string ContentType => "application/json";

    public override ReadOnlySpan<byte> EmptyArray => "[]"u8;

    public override int FramingBytes(int messageBytes) => 1;

    public override bool TryCut(
        ReadOnlySpan<byte> buffer, int examined, int maxMessageBytes, out ReadOnlySpan<byte> message, out int consumed)
    {
        var found = buffer[examined..].IndexOf(RecordSeparator);
        var end = found < 0 ? -1 : found + examined;
        if ((end < 0 ? buffer.Length : end) > maxMessageBytes)
        {
            throw new HubMessageTooLargeException(maxMessageBytes);
        }

        message = end < 0 ? default : buffer[..end];
        consumed = end + 1;
        return end >= 0;
    }

    public override byte[] Frame(ReadOnlySpan<byte> message)
    {
        var framed = new byte[message.Length + 1];
        message.CopyTo(framed);
        framed[^1] = RecordSeparator;
        return framed;
    }

    public override HubMessage Read(ReadOnlySpan<byte> message)
    {
        try
        {
            return JsonHubMessageReader.Read(message);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException: a string that is not valid UTF-16 or UTF-8.
            throw new HubProtocolException("Error reading JSON.", exception);
        }
    }

    public override string? FindHeader(ReadOnlySpan<byte> headers, string name)
    {
        // The whole message has been read, so this is a valid object; its strings have not been decoded.
        var reader = new Utf8JsonReader(headers);
        reader.Read();
        try
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isWanted = reader.ValueTextEquals(name);
                reader.Read();
                if (isWanted)
                {
                    return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }

                reader.Skip();
            }
        }
        catch (InvalidOperationException)
        {
            // A string that is not valid UTF-16 or UTF-8.
        }

        return null;
    }

    // {"type":1,"invocationId":"1","target":"add","arguments":[1,2]}␞        HubProtocol.md, "Invocation Message Encoding"
    public override void WriteInvocation(
        IBufferWriter<byte> output, string? invocationId, string target, ReadOnlySpan<byte> arguments)
    {
        output.Write("{\"type\":1,"u8);
        if (invocationId is not null)
        {
            WriteInvocationId(output, invocationId);
            output.Write(","u8);
        }

        output.Write("\"target\":"u8);
        WriteString(output, target);
        output.Write(",\"arguments\":"u8);
        output.Write(arguments);
        output.Write("}\x1e"u8);
    }

    // {"type":2,"invocationId":"1","item":42}␞
    public override void WriteStreamItem(IBufferWriter<byte> output, string invocationId, ReadOnlySpan<byte> item)
    {
        output.Write("{\"type\":2,"u8);
        WriteInvocationId(output, invocationId);
        output.Write(",\"item\":"u8);
        output.Write(item);
        output.Write("}\x1e"u8);
    }

    // {"type":3,"invocationId":"1"}␞
    public override void WriteCompletion(IBufferWriter<byte> output, string invocationId)
    {
        output.Write("{\"type\":3,"u8);
        WriteInvocationId(output, invocationId);
        output.Write("}\x1e"u8);
    }

    // {"type":3,"invocationId":"1","result":3}␞
    public override void WriteResult(IBufferWriter<byte> output, string invocationId, ReadOnlySpan<byte> result)
    {
        output.Write("{\"type\":3,"u8);
        WriteInvocationId(output, invocationId);
        output.Write(",\"result\":"u8);
        output.Write(result);
        output.Write("}\x1e"u8);
    }

    // {"type":3,"invocationId":"1","error":"no"}␞
    public override void WriteError(IBufferWriter<byte> output, string invocationId, string error)
    {
        output.Write("{\"type\":3,"u8);
        WriteInvocationId(output, invocationId);
        output.Write(",\"error\":"u8);
        WriteString(output, error);
        output.Write("}\x1e"u8);
    }

    // {"type":6}␞
    public override void WritePing(IBufferWriter<byte> output) => output.Write("{\"type\":6}\x1e"u8);

    // {"type":7,"error":"why","allowReconnect":true}␞
    public override void WriteClose(IBufferWriter<byte> output, string? error, bool allowReconnect)
    {
        output.Write("{\"type\":7"u8);
        if (error is not null)
        {
            output.Write(",\"error\":"u8);
            WriteString(output, error);
        }

        output.Write(allowReconnect ? ",\"allowReconnect\":true}\x1e"u8 : "}\x1e"u8);
    }

    // {"type":8,"sequenceId":5}␞
    public override void WriteAck(IBufferWriter<byte> output, long sequenceId) =>
        WriteNumbered(output, "{\"type\":8,\"sequenceId\":"u8, sequenceId);

    // {"type":9,"sequenceId":1}␞
    public override void WriteSequence(IBufferWriter<byte> output, long sequenceId) =>
        WriteNumbered(output, "{\"type\":9,\"sequenceId\":"u8, sequenceId);

    // {"type":1,"headers":{…},"invocationId":"1","target":"add","arguments":[1,2],"streamIds":["2"]}     no terminator
    public override void WriteUpstreamBody(IBufferWriter<byte> output, in HubMessage invocation)
    {
        output.Write(invocation.Type == HubMessageType.StreamInvocation ? "{\"type\":4,"u8 : "{\"type\":1,"u8);
        if (!invocation.Headers.IsEmpty)
        {
            output.Write("\"headers\":"u8);
            MessageHeaders.WriteJson(output, invocation.Headers);
            output.Write(","u8);
        }

        if (invocation.InvocationId is not null)
        {
            WriteInvocationId(output, invocation.InvocationId);
            output.Write(","u8);
        }

        output.Write("\"target\":"u8);
        WriteString(output, invocation.Target!);
        output.Write(",\"arguments\":"u8);
        output.Write(invocation.Arguments);
        if (invocation.HasStreamIds)
        {
            output.Write(",\"streamIds\":"u8);
            output.Write(invocation.StreamIds);
        }

        output.Write("}"u8);
    }

    /// <summary>Writes a string as a JSON value, quotes included.</summary>
    internal static void WriteString(IBufferWriter<byte> output, string value)
    {
        if (IsPlain(value))
        {
            var span = output.GetSpan(value.Length + 2);
            span[0] = (byte)'"';
            System.Text.Encoding.ASCII.GetBytes(value, span[1..]);
            span[value.Length + 1] = (byte)'"';
            output.Advance(value.Length + 2);
            return;
        }

        var encoded = JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        output.Write("\""u8);
        output.Write(encoded.EncodedUtf8Bytes);
        output.Write("\""u8);
    }

    private static bool IsPlain(string value)
    {
        foreach (var c in value)
        {
            if (c is < ' ' or > '~' or '"' or '\\')
            {
                return false;
            }
        }

        return true;
    }

    private static void WriteInvocationId(IBufferWriter<byte> output, string invocationId)
    {
        output.Write("\"invocationId\":"u8);
        WriteString(output, invocationId);
    }

    private static void WriteNumbered(IBufferWriter<byte> output, ReadOnlySpan<byte> start, long number)
    {
        output.Write(start);
        Utf8Formatter.TryFormat(number, output.GetSpan(20), out var written);
        output.Advance(written);
        output.Write("}\x1e"u8);
    }
}
