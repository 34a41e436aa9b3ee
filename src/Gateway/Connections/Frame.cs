using System.Buffers;
using System.Buffers.Binary;
using Serverless.Protocol;

namespace Serverless.Gateway.Connections;

/// <summary>
/// Encoded bytes on their way to clients: whole hub messages with the header of an unmasked WebSocket message before them.
/// One frame serves every connection of its protocol; it is immutable and left to the garbage collector.
/// </summary>
internal sealed class Frame
{
    private const int MaxHeaderBytes = 10;
    private const int LargestKeptBytes = 256 * 1024;
    private const byte Fin = 0x80;
    private const int Uncounted = -1;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    private readonly byte[] _bytes;
    private readonly int _headerBytes;
    private int _sequenced = Uncounted;
    private byte[]? _event;

    private Frame(byte[] bytes, int headerBytes)
    {
        _bytes = bytes;
        _headerBytes = headerBytes;
    }

    /// <summary>Ends a connection's output: what it writes is the transport's matter (a Close control frame for WebSockets).</summary>
    public static Frame End { get; } = new([], 0) { _sequenced = 0 };

    /// <summary>The hub messages alone.</summary>
    public ReadOnlyMemory<byte> Payload => _bytes.AsMemory(_headerBytes);

    /// <summary>The WebSocket message: header and hub messages.</summary>
    public ReadOnlyMemory<byte> WebSocketBytes => _bytes;

    /// <summary>The hub messages as one server-sent event; made at the first use, for all who need it.</summary>
    public ReadOnlyMemory<byte> EventBytes => _event ??= ServerSentEvent.Format(Payload.Span);

    /// <summary>Bytes that count against an outbox's bound.</summary>
    public int Length => _bytes.Length;

    /// <summary>
    /// How many of its hub messages are numbered where stateful reconnect is on: calls, items and completions. Counted at the first
    /// use, for all who need it.
    /// </summary>
    public int SequencedMessages => _sequenced != Uncounted ? _sequenced : _sequenced = CountSequenced();

    /// <summary>Encodes hub messages by calling <paramref name="write"/>, which must not call this method again.</summary>
    public static Frame Create<TState>(bool binary, TState state, Action<IBufferWriter<byte>, TState> write)
        where TState : allows ref struct
    {
        var scratch = _scratch ??= new ArrayBufferWriter<byte>(1024);
        scratch.ResetWrittenCount();
        write(scratch, state);
        var frame = Copy(binary, scratch.WrittenSpan);
        if (scratch.Capacity > LargestKeptBytes)
        {
            _scratch = null;
        }

        return frame;
    }

    /// <summary>Makes a frame of hub messages that are encoded and framed already.</summary>
    public static Frame Copy(bool binary, ReadOnlySpan<byte> messages) =>
        WithHeader(binary ? WebSocketOpcode.Binary : WebSocketOpcode.Text, messages);

    /// <summary>Makes a frame of bytes that are no hub message of the protocol: the handshake's answer.</summary>
    public static Frame Handshake(bool binary, ReadOnlySpan<byte> answer)
    {
        var frame = Copy(binary, answer);
        frame._sequenced = 0;
        return frame;
    }

    /// <summary>Makes a WebSocket control frame: at most 125 bytes.</summary>
    public static Frame Control(WebSocketOpcode opcode, ReadOnlySpan<byte> body) => WithHeader(opcode, body);

    private int CountSequenced()
    {
        var opcode = (WebSocketOpcode)(_bytes[0] & 0x0F);
        if (opcode is not (WebSocketOpcode.Text or WebSocketOpcode.Binary))
        {
            return 0;
        }

        var protocol = opcode == WebSocketOpcode.Binary ? HubProtocol.MessagePack : HubProtocol.Json;
        var rest = Payload.Span;
        var count = 0;
        while (protocol.TryCut(rest, 0, int.MaxValue, out var message, out var consumed))
        {
            count += protocol.Read(message).Type.IsSequenced() ? 1 : 0;
            rest = rest[consumed..];
        }

        return count;
    }

    // FIN and opcode (1), no mask, length in 7 bits, or 126 and 16 bits, or 127 and 64 bits          RFC 6455 §5.2
    private static Frame WithHeader(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[MaxHeaderBytes];
        header[0] = (byte)(Fin | (int)opcode);
        int used;
        switch (payload.Length)
        {
            case <= 125:
                header[1] = (byte)payload.Length;
                used = 2;
                break;
            case <= ushort.MaxValue:
                header[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)payload.Length);
                used = 4;
                break;
            default:
                header[1] = 127;
                BinaryPrimitives.WriteInt64BigEndian(header[2..], payload.Length);
                used = 10;
                break;
        }

        var bytes = GC.AllocateUninitializedArray<byte>(used + payload.Length);
        header[..used].CopyTo(bytes);
        payload.CopyTo(bytes.AsSpan(used));
        return new Frame(bytes, used);
    }
}
