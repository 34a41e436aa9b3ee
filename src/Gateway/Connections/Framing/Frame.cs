using System.Buffers;
using System.Buffers.Binary;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Connections.Framing;

/// <summary>
/// Encoded bytes on their way to clients: a hub message with the header of an unmasked WebSocket message before it.
/// One frame serves every connection of its protocol; it is immutable and left to the garbage collector.
/// </summary>
internal sealed partial class Frame
{
    private const int MaxHeaderBytes = 10;
    private const byte Fin = 0x80;

    private readonly byte[] _bytes;
    private readonly byte _headerBytes;
    private readonly bool _isHousekeeping;
    private byte[]? _event;

    private Frame(byte[] bytes, int headerBytes, bool isHousekeeping)
    {
        _bytes = bytes;
        _headerBytes = (byte)headerBytes;
        _isHousekeeping = isHousekeeping;
    }

    /// <summary>Ends a connection's output: what it writes is the transport's matter (a Close control frame for WebSockets).</summary>
    public static Frame End { get; } = new([], 0, isHousekeeping: true);

    /// <summary>The hub message alone.</summary>
    public ReadOnlyMemory<byte> Payload => _bytes.AsMemory(_headerBytes);

    /// <summary>The WebSocket message: header and hub message.</summary>
    public ReadOnlyMemory<byte> WebSocketBytes => _bytes;

    /// <summary>The hub message as one server-sent event; made at the first use, for all who need it.</summary>
    public ReadOnlyMemory<byte> EventBytes => _event ??= ServerSentEvent.Format(Payload.Span);

    /// <summary>Bytes on the wire.</summary>
    public int Length => _bytes.Length;

    /// <summary>
    /// The hub messages in it that are numbered where stateful reconnect is on, and that are metered: calls, items and completions. One,
    /// or none for pings and other housekeeping.
    /// </summary>
    public int Messages => _isHousekeeping ? 0 : 1;

    /// <summary>What it counts for with each receiver.</summary>
    public int Units => _isHousekeeping ? 0 : MessageUnits.Of(Payload.Length);

    /// <summary>Encodes one hub message by calling <paramref name="write"/>.</summary>
    public static Frame Create<TState>(
        bool binary, TState state, Action<IBufferWriter<byte>, TState> write, bool isHousekeeping = false)
        where TState : allows ref struct
    {
        using var scratch = ScratchBuffer.Rent();
        write(scratch.Writer, state);
        return WithHeader(OpcodeOf(binary), scratch.Writer.WrittenSpan, isHousekeeping);
    }

    /// <summary>Makes a frame of one hub message that is encoded and framed already, and is no housekeeping.</summary>
    public static Frame Copy(bool binary, ReadOnlySpan<byte> message) => WithHeader(OpcodeOf(binary), message, isHousekeeping: false);

    /// <summary>Makes a frame of bytes that are no hub message of the protocol: the handshake's answer.</summary>
    public static Frame Handshake(bool binary, ReadOnlySpan<byte> answer) => WithHeader(OpcodeOf(binary), answer, isHousekeeping: true);

    /// <summary>Makes a WebSocket control frame: at most 125 bytes.</summary>
    public static Frame Control(WebSocketOpcode opcode, ReadOnlySpan<byte> body) => WithHeader(opcode, body, isHousekeeping: true);

    private static WebSocketOpcode OpcodeOf(bool binary) => binary ? WebSocketOpcode.Binary : WebSocketOpcode.Text;

    // FIN and opcode (1), no mask, length in 7 bits, or 126 and 16 bits, or 127 and 64 bits          RFC 6455 §5.2
    private static Frame WithHeader(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool isHousekeeping)
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
        return new Frame(bytes, used, isHousekeeping);
    }
}
