using System.Buffers;
using System.Text;
using Serverless.Protocol.MessagePack;

namespace Serverless.Protocol;

/// <summary>
/// The "messagepack" hub protocol: each message is an array preceded by its length as a VarInt (7 bits per byte, lowest first,
/// high bit: more follow; at most 5 bytes). Source: HubProtocol.md, "MessagePack (MsgPack) encoding".
/// </summary>
internal sealed class MessagePackHubProtocol : HubProtocol
{
    private const int MaxLengthBytes = 5;
    private const int ErrorResult = 1;
    private const int VoidResult = 2;
    private const int NonVoidResult = 3;

    public override string Name => "messagepack";

    public override int Index => 1;

    public override bool IsBinary => true;

    public override string ContentType => "application/x-msgpack";

    public override ReadOnlySpan<byte> EmptyArray => [0x90];

    public override int FramingBytes(int messageBytes)
    {
        var bytes = 1;
        while ((messageBytes >>= 7) > 0)
        {
            bytes++;
        }

        return bytes;
    }

    public override byte[] Frame(ReadOnlySpan<byte> message)
    {
        var framed = new byte[FramingBytes(message.Length) + message.Length];
        WriteLength(framed, message.Length);
        message.CopyTo(framed.AsSpan(framed.Length - message.Length));
        return framed;
    }

    public override bool TryCut(
        ReadOnlySpan<byte> buffer, int examined, int maxMessageBytes, out ReadOnlySpan<byte> message, out int consumed)
    {
        message = default;
        consumed = 0;
        long length = 0;
        for (var i = 0; i < MaxLengthBytes; i++)
        {
            if (i == buffer.Length)
            {
                return false;
            }

            length |= (long)(buffer[i] & 0x7F) << (7 * i);
            if ((buffer[i] & 0x80) != 0)
            {
                continue;
            }

            if (length > maxMessageBytes)
            {
                throw new HubMessageTooLargeException(maxMessageBytes);
            }

            if (length > buffer.Length - i - 1)
            {
                return false;
            }

            message = buffer.Slice(i + 1, (int)length);
            consumed = i + 1 + (int)length;
            return true;
        }

        throw new HubProtocolException("A MessagePack message's length prefix is longer than 5 bytes.");
    }

    public override HubMessage Read(ReadOnlySpan<byte> message)
    {
        var reader = new MessagePackReader(message);
        var hubMessage = default(HubMessage);
        var count = reader.ReadArrayHeader();
        var type = count > 0 ? reader.ReadInt64() : throw new HubProtocolException("A hub message's array is empty.");
        if (type is < int.MinValue or > int.MaxValue)
        {
            throw new HubProtocolException("Reading 'messageType' as Int32 failed.");
        }

        hubMessage.Type = type is > 0 and <= (int)HubMessageType.Sequence ? (HubMessageType)type : HubMessageType.None;
        switch (hubMessage.Type)
        {
            case HubMessageType.Invocation:
            case HubMessageType.StreamInvocation:
                RequireCount(count, 5);
                ReadHeadersAndId(ref reader, ref hubMessage);
                hubMessage.Target = reader.ReadString();
                hubMessage.Arguments = ReadArray(ref reader, "arguments", out _);
                if (count > 5 && !reader.TryReadNil())
                {
                    hubMessage.StreamIds = ReadArray(ref reader, "streamIds", out var streams);
                    hubMessage.HasStreamIds = streams > 0;
                }

                break;
            case HubMessageType.StreamItem:
                RequireCount(count, 4);
                ReadHeadersAndId(ref reader, ref hubMessage);
                hubMessage.Value = reader.ReadRaw();
                hubMessage.HasValue = true;
                break;
            case HubMessageType.Completion:
                RequireCount(count, 4);
                ReadHeadersAndId(ref reader, ref hubMessage);
                ReadOutcome(ref reader, ref hubMessage, count);
                break;
            case HubMessageType.CancelInvocation:
                RequireCount(count, 3);
                ReadHeadersAndId(ref reader, ref hubMessage);
                break;
            case HubMessageType.Close:
                RequireCount(count, 2);
                ReadError(ref reader, ref hubMessage);
                hubMessage.AllowReconnect = count > 2 && !reader.TryReadNil() && reader.ReadBoolean();
                break;
            case HubMessageType.Ack:
            case HubMessageType.Sequence:
                RequireCount(count, 2);
                hubMessage.SequenceId = reader.ReadInt64();
                break;
            default:
                break;
        }

        HubMessageRules.Check(in hubMessage);
        return hubMessage;
    }

    public override string? FindHeader(ReadOnlySpan<byte> headers, string name)
    {
        var reader = new MessagePackReader(headers);
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var isWanted = Encoding.UTF8.GetString(reader.ReadStringSpan()) == name;
            var value = reader.ReadStringSpan();
            if (isWanted)
            {
                return Encoding.UTF8.GetString(value);
            }
        }

        return null;
    }

    // [1, {}, id|nil, target, [arguments], [streamIds]]        HubProtocol.md, "Invocation Message Encoding"
    public override void WriteInvocation(
        IBufferWriter<byte> output, string? invocationId, string target, ReadOnlySpan<byte> arguments)
    {
        var writer = BodyBuffer.Start(HubMessageType.Invocation, 6);
        writer.WriteMapHeader(0);
        writer.WriteStringOrNil(invocationId);
        writer.WriteString(target);
        writer.WriteRaw(arguments);
        writer.WriteArrayHeader(0);
        BodyBuffer.FlushFramed(output);
    }

    // [2, {}, id, item]
    public override void WriteStreamItem(IBufferWriter<byte> output, string invocationId, ReadOnlySpan<byte> item)
    {
        var writer = BodyBuffer.StartWithId(HubMessageType.StreamItem, 4, invocationId);
        writer.WriteRaw(item);
        BodyBuffer.FlushFramed(output);
    }

    // [3, {}, id, 2]
    public override void WriteCompletion(IBufferWriter<byte> output, string invocationId)
    {
        var writer = BodyBuffer.StartWithId(HubMessageType.Completion, 4, invocationId);
        writer.WriteInt64(VoidResult);
        BodyBuffer.FlushFramed(output);
    }

    // [3, {}, id, 3, result]
    public override void WriteResult(IBufferWriter<byte> output, string invocationId, ReadOnlySpan<byte> result)
    {
        var writer = BodyBuffer.StartWithId(HubMessageType.Completion, 5, invocationId);
        writer.WriteInt64(NonVoidResult);
        writer.WriteRaw(result);
        BodyBuffer.FlushFramed(output);
    }

    // [3, {}, id, 1, error]
    public override void WriteError(IBufferWriter<byte> output, string invocationId, string error)
    {
        var writer = BodyBuffer.StartWithId(HubMessageType.Completion, 5, invocationId);
        writer.WriteInt64(ErrorResult);
        writer.WriteString(error);
        BodyBuffer.FlushFramed(output);
    }

    // [6]
    public override void WritePing(IBufferWriter<byte> output) => output.Write<byte>([0x02, 0x91, 0x06]);

    // [7, error|nil, allowReconnect]
    public override void WriteClose(IBufferWriter<byte> output, string? error, bool allowReconnect)
    {
        var writer = BodyBuffer.Start(HubMessageType.Close, 3);
        writer.WriteStringOrNil(error);
        writer.WriteBoolean(allowReconnect);
        BodyBuffer.FlushFramed(output);
    }

    // [8, sequenceId]
    public override void WriteAck(IBufferWriter<byte> output, long sequenceId) =>
        WriteNumbered(output, HubMessageType.Ack, sequenceId);

    // [9, sequenceId]
    public override void WriteSequence(IBufferWriter<byte> output, long sequenceId) =>
        WriteNumbered(output, HubMessageType.Sequence, sequenceId);

    // [1|4, headers, id|nil, target, [arguments], [streamIds]]        no length prefix
    public override void WriteUpstreamBody(IBufferWriter<byte> output, in HubMessage invocation)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(6);
        writer.WriteInt64((int)invocation.Type);
        if (invocation.Headers.IsEmpty)
        {
            writer.WriteMapHeader(0);
        }
        else
        {
            MessageHeaders.WriteMessagePack(output, invocation.Headers);
        }

        writer.WriteStringOrNil(invocation.InvocationId);
        writer.WriteString(invocation.Target!);
        writer.WriteRaw(invocation.Arguments);
        writer.WriteRaw(invocation.StreamIds.IsEmpty ? EmptyArray : invocation.StreamIds);
    }

    private static void WriteNumbered(IBufferWriter<byte> output, HubMessageType type, long sequenceId)
    {
        var writer = BodyBuffer.Start(type, 2);
        writer.WriteInt64(sequenceId);
        BodyBuffer.FlushFramed(output);
    }

    private static void ReadHeadersAndId(scoped ref MessagePackReader reader, ref HubMessage message)
    {
        if (reader.TryReadNil())
        {
            message.HasEmptyFields = true;
        }
        else
        {
            var start = reader;
            var pairs = reader.ReadMapHeader();
            for (var count = 1; count <= pairs; count++)
            {
                var name = reader.ReadStringSpan();
                HubMessageRules.CheckHeader(count, name.Length, reader.ReadStringSpan().Length);
            }

            message.Headers = pairs == 0 ? default : start.ReadRaw();
        }

        // An empty id means none (MessagePackHubProtocolWorker does the same).
        var id = reader.ReadStringOrNil();
        message.InvocationId = string.IsNullOrEmpty(id) ? null : id;
    }

    private static void ReadOutcome(scoped ref MessagePackReader reader, ref HubMessage message, int count)
    {
        switch (reader.ReadInt64())
        {
            case ErrorResult:
                RequireCount(count, 5);
                ReadError(ref reader, ref message);
                break;
            case NonVoidResult:
                RequireCount(count, 5);
                message.Value = reader.ReadRaw();
                message.HasValue = true;
                break;
            case VoidResult:
                break;
            default:
                throw new HubProtocolException("Invalid invocation result kind.");
        }
    }

    // Nil and the empty string count as absent.
    private static void ReadError(scoped ref MessagePackReader reader, ref HubMessage message)
    {
        var error = reader.ReadStringOrNil();
        message.Error = string.IsNullOrEmpty(error) ? null : error;
        message.HasEmptyFields |= message.Error is null;
    }

    private static ReadOnlySpan<byte> ReadArray(scoped ref MessagePackReader reader, string name, out int count)
    {
        if (reader.PeekKind() != MessagePackKind.Array)
        {
            throw new HubProtocolException($"Expected '{name}' to be an array.");
        }

        var header = reader;
        count = header.ReadArrayHeader();
        return reader.ReadRaw();
    }

    private static void RequireCount(int count, int least)
    {
        if (count < least)
        {
            throw new HubProtocolException($"A hub message's array has {count} elements; at least {least} are needed.");
        }
    }

    /// <summary>A buffer for a message's body, whose length is written before it. One buffer per thread.</summary>
    private static class BodyBuffer
    {
        private const int MaxKeptBytes = 64 * 1024;

        [ThreadStatic]
        private static ArrayBufferWriter<byte>? _body;

        public static MessagePackWriter Start(HubMessageType type, int elements)
        {
            _body ??= new ArrayBufferWriter<byte>(512);
            _body.ResetWrittenCount();
            var writer = new MessagePackWriter(_body);
            writer.WriteArrayHeader(elements);
            writer.WriteInt64((int)type);
            return writer;
        }

        public static MessagePackWriter StartWithId(HubMessageType type, int elements, string invocationId)
        {
            var writer = Start(type, elements);
            writer.WriteMapHeader(0);
            writer.WriteString(invocationId);
            return writer;
        }

        public static void FlushFramed(IBufferWriter<byte> output)
        {
            var body = _body!.WrittenSpan;
            WriteLength(output, body.Length);
            output.Write(body);
            if (_body.Capacity > MaxKeptBytes)
            {
                _body = null;
            }
        }
    }

    /// <summary>Writes a message's length as a VarInt. 5248 is 80 29.</summary>
    internal static void WriteLength(IBufferWriter<byte> output, int length)
    {
        output.Advance(WriteLength(output.GetSpan(MaxLengthBytes), length));
    }

    private static int WriteLength(Span<byte> span, int length)
    {
        var used = 0;
        var left = (uint)length;
        do
        {
            var bits = (byte)(left & 0x7F);
            left >>= 7;
            span[used++] = (byte)(left == 0 ? bits : bits | 0x80);
        }
        while (left != 0);
        return used;
    }
}
