using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Clients.Transports.WebSockets;

/// <summary>
/// Represents the header of a client's WebSocket frame: FIN and opcode (1 byte), mask bit and length (1, 3 or 9), mask (4). RFC 6455 §5.2.
/// </summary>
internal readonly record struct WebSocketFrameHeader(bool Fin, WebSocketOpcode Opcode, long Length, uint Mask)
{
    private const int MaxBytes = 14;
    private const int MaxControlLength = 125;

    public bool IsControl => (int)Opcode >= (int)WebSocketOpcode.Close;

    /// <summary>Reads a header from the start of a buffer and advances the buffer past it.</summary>
    /// <returns>False if the header is incomplete.</returns>
    /// <exception cref="WebSocketProtocolException">The frame violates the protocol.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out WebSocketFrameHeader header)
    {
        header = default;
        Span<byte> copy = stackalloc byte[MaxBytes];
        scoped ReadOnlySpan<byte> bytes = buffer.FirstSpan;
        if (bytes.Length < MaxBytes && buffer.Length > bytes.Length)
        {
            var part = buffer.Slice(0, Math.Min(MaxBytes, buffer.Length));
            part.CopyTo(copy);
            bytes = copy[..(int)part.Length];
        }

        if (bytes.Length < 2)
        {
            return false;
        }

        var shortLength = bytes[1] & 0x7F;
        var lengthBytes = shortLength switch { 126 => 2, 127 => 8, _ => 0 };
        var total = 2 + lengthBytes + sizeof(uint);
        Check(bytes[0], bytes[1], shortLength);
        if (bytes.Length < total)
        {
            return false;
        }

        var length = lengthBytes switch
        {
            0 => shortLength,
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            _ => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
        };
        if (length < 0)
        {
            throw new WebSocketProtocolException("A WebSocket frame's length is negative.");
        }

        header = new WebSocketFrameHeader(
            (bytes[0] & 0x80) != 0, (WebSocketOpcode)(bytes[0] & 0x0F), length, MemoryMarshal.Read<uint>(bytes[(2 + lengthBytes)..]));
        buffer = buffer.Slice(total);
        return true;
    }

    private static void Check(byte first, byte second, int shortLength)
    {
        if ((first & 0x70) != 0)
        {
            throw new WebSocketProtocolException("A WebSocket frame uses reserved bits, but no extension was negotiated.");
        }

        if ((second & 0x80) == 0)
        {
            throw new WebSocketProtocolException("A client's WebSocket frame is not masked.");
        }

        var opcode = (WebSocketOpcode)(first & 0x0F);
        if (!Enum.IsDefined(opcode))
        {
            throw new WebSocketProtocolException("A WebSocket frame has an unknown opcode.");
        }

        if (opcode >= WebSocketOpcode.Close && ((first & 0x80) == 0 || shortLength > MaxControlLength))
        {
            throw new WebSocketProtocolException("A WebSocket control frame is fragmented or too long.");
        }
    }
}
