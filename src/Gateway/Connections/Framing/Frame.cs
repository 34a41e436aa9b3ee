using System.Buffers;
using System.Buffers.Binary;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Connections.Framing;

/// <summary>
/// Represents encoded bytes on their way to clients: a hub message behind the header of an unmasked WebSocket message.
/// One frame serves every connection of its protocol. It is immutable, and the garbage collector frees it.
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

    /// <summary>
    /// Gets the frame that ends a connection's output. Each transport writes its own end (a Close control frame for WebSockets).
    /// </summary>
    public static Frame End { get; } = new([], 0, isHousekeeping: true);

    /// <summary>Gets the hub message alone.</summary>
    public ReadOnlyMemory<byte> Payload => _bytes.AsMemory(_headerBytes);

    /// <summary>Gets the WebSocket message: header and hub message.</summary>
    public ReadOnlyMemory<byte> WebSocketBytes => _bytes;

    /// <summary>Gets the hub message as one server-sent event. It is created at the first use and shared by all connections.</summary>
    public ReadOnlyMemory<byte> EventBytes => _event ??= ServerSentEvent.Format(Payload.Span);

    /// <summary>Gets the bytes of the WebSocket message.</summary>
    public int Length => _bytes.Length;

    /// <summary>
    /// Gets the number of hub messages in the frame that are metered, and that stateful reconnect numbers: one for an invocation, a stream
    /// item or a completion, zero for pings and other housekeeping.
    /// </summary>
    public int Messages => _isHousekeeping ? 0 : 1;

    /// <summary>Gets the units that the frame counts for with each receiver.</summary>
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

    /// <summary>Creates a frame from one encoded and framed hub message that is metered (not housekeeping).</summary>
    public static Frame Copy(bool binary, ReadOnlySpan<byte> message) => WithHeader(OpcodeOf(binary), message, isHousekeeping: false);

    /// <summary>Creates a frame from the answer to the handshake, which is not a hub message of the protocol.</summary>
    public static Frame Handshake(bool binary, ReadOnlySpan<byte> answer) => WithHeader(OpcodeOf(binary), answer, isHousekeeping: true);

    /// <summary>Creates a WebSocket control frame with a body of at most 125 bytes.</summary>
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
