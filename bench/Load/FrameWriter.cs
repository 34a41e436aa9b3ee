using System.Buffers.Binary;

namespace Serverless.Load;

/// <summary>Writes the frames of a client: single text frames, masked as the protocol requires.</summary>
internal static class FrameWriter
{
    private const int LargestHeader = 14;
    private const uint Mask = 0x5AC3_96A5;

    /// <summary>Returns the largest size of a frame around <paramref name="payloadLength"/> bytes.</summary>
    internal static int SizeFor(int payloadLength) => payloadLength + LargestHeader;

    internal static int WriteText(ReadOnlySpan<byte> payload, Span<byte> frame) => Write(0x81, payload, frame);

    /// <summary>Writes a close frame with status 1000 (normal closure).</summary>
    internal static int WriteClose(Span<byte> frame) => Write(0x88, [0x03, 0xE8], frame);

    private static int Write(byte first, ReadOnlySpan<byte> payload, Span<byte> frame)
    {
        frame[0] = first;
        int at;
        if (payload.Length < 126)
        {
            frame[1] = (byte)(0x80 | payload.Length);
            at = 2;
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)payload.Length);
            at = 4;
        }
        else
        {
            frame[1] = 0x80 | 127;
            BinaryPrimitives.WriteInt64BigEndian(frame[2..], payload.Length);
            at = 10;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(frame[at..], Mask);
        at += sizeof(uint);
        ApplyMask(payload, frame[at..]);
        return at + payload.Length;
    }

    private static void ApplyMask(ReadOnlySpan<byte> payload, Span<byte> masked)
    {
        const ulong Wide = ((ulong)Mask << 32) | Mask;
        var i = 0;
        for (; i + sizeof(ulong) <= payload.Length; i += sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(masked[i..], BinaryPrimitives.ReadUInt64LittleEndian(payload[i..]) ^ Wide);
        }

        for (; i < payload.Length; i++)
        {
            masked[i] = (byte)(payload[i] ^ (byte)(Mask >> (8 * (i & 3))));
        }
    }
}
