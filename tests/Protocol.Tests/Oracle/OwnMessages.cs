using System.Buffers;
using System.Globalization;
using System.Text;
using Serverless.Protocol.MessagePack;

namespace Serverless.Protocol.Tests.Oracle;

/// <summary>Reads and writes hub messages with the project's own protocol, in the text form of <see cref="OracleMessages"/>.</summary>
internal static class OwnMessages
{
    /// <summary>Reads the first framed message.</summary>
    /// <returns>The reading; null when the message is not complete.</returns>
    public static Reading? Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return HubProtocol.MessagePack.TryCut(bytes.Span, 0, int.MaxValue, out var message, out var consumed)
                ? Reading.Accepted(Describe(HubProtocol.MessagePack.Read(message), withHeaders: true), consumed)
                : null;
        }
        catch (HubProtocolException exception)
        {
            return Reading.Refused(exception.Message);
        }
    }

    /// <summary>Writes the first framed message again: an invocation as the body of an upstream request, in a frame; others without headers.</summary>
    /// <returns>The bytes and the text of what they represent; null for a type that is never written again.</returns>
    public static (byte[] Bytes, string Text)? Rewrite(ReadOnlyMemory<byte> bytes)
    {
        var protocol = HubProtocol.MessagePack;
        Assert.True(protocol.TryCut(bytes.Span, 0, int.MaxValue, out var bare, out _));
        var message = protocol.Read(bare);
        var output = new ArrayBufferWriter<byte>();
        switch (message.Type)
        {
            case HubMessageType.Invocation or HubMessageType.StreamInvocation:
                protocol.WriteUpstreamBody(output, in message);
                return (Framed(output.WrittenSpan), Describe(in message, withHeaders: true));
            case HubMessageType.StreamItem:
                protocol.WriteStreamItem(output, message.InvocationId!, message.Value);
                break;
            case HubMessageType.Completion when message.HasValue:
                protocol.WriteResult(output, message.InvocationId!, message.Value);
                break;
            case HubMessageType.Completion when message.Error is not null:
                protocol.WriteError(output, message.InvocationId!, message.Error);
                break;
            case HubMessageType.Completion:
                protocol.WriteCompletion(output, message.InvocationId!);
                break;
            case HubMessageType.Close:
                protocol.WriteClose(output, message.Error, message.AllowReconnect);
                break;
            case HubMessageType.Ack:
                protocol.WriteAck(output, message.SequenceId);
                break;
            case HubMessageType.Sequence:
                protocol.WriteSequence(output, message.SequenceId);
                break;
            case HubMessageType.Ping:
                protocol.WritePing(output);
                break;
            default:
                return null;
        }

        return (output.WrittenSpan.ToArray(), Describe(in message, withHeaders: false));
    }

    /// <summary>Returns a message with its length before it, as a VarInt.</summary>
    public static byte[] Framed(ReadOnlySpan<byte> message)
    {
        var framed = new List<byte>();
        for (var left = message.Length; ; left >>= 7)
        {
            framed.Add((byte)(left > 0x7F ? (left & 0x7F) | 0x80 : left));
            if (left <= 0x7F)
            {
                return [.. framed, .. message];
            }
        }
    }

    /// <summary>Returns the first message without its length.</summary>
    public static byte[] Unframed(ReadOnlyMemory<byte> bytes)
    {
        Assert.True(HubProtocol.MessagePack.TryCut(bytes.Span, 0, int.MaxValue, out var message, out _));
        return message.ToArray();
    }

    private static string Describe(in HubMessage message, bool withHeaders)
    {
        if (message.Type is HubMessageType.None or HubMessageType.Ping)
        {
            return message.Type.ToString();
        }

        var text = new StringBuilder(message.Type.ToString());
        if (withHeaders && !message.Headers.IsEmpty)
        {
            text.Append(" headers:").Append(Headers(message.Headers));
        }

        text.Append(CultureInfo.InvariantCulture, $" id:{message.InvocationId} target:{message.Target} arguments:");
        if (!message.Arguments.IsEmpty)
        {
            text.Append(OwnValues.Text(message.Arguments));
        }

        text.Append(" streams:").Append(message.HasStreamIds ? Texts(message.StreamIds) : "");
        text.Append(" value:").Append(message.HasValue ? OwnValues.Text(message.Value) : "");
        return text.Append(CultureInfo.InvariantCulture, $" error:{message.Error} reconnect:{message.AllowReconnect} sequence:{message.SequenceId}").ToString();
    }

    private static string Headers(ReadOnlySpan<byte> headers)
    {
        var reader = new MessagePackReader(headers);
        var pairs = new List<string>();
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            pairs.Add($"{reader.ReadString()}={reader.ReadString()}");
        }

        return string.Join(',', pairs);
    }

    // An element that is not text is shown as a value, which no text equals.
    private static string Texts(ReadOnlySpan<byte> array)
    {
        var reader = new MessagePackReader(array);
        var texts = new List<string>();
        for (var left = reader.ReadArrayHeader(); left > 0; left--)
        {
            texts.Add(reader.PeekKind() == MessagePackKind.String ? reader.ReadString() : "not text: " + OwnValues.Text(reader.ReadRaw()));
        }

        return string.Join(',', texts);
    }
}
