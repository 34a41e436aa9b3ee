namespace Serverless.Load;

/// <summary>
/// The argument of every benchmark message: <c>#</c>, the publisher's digit, the number of the message, the time at which it was sent,
/// and padding to the requested size. Letters a to p stand for the sixteen values of four bits, so that no character needs escaping in
/// JSON and no other part of a hub message looks like a payload.
/// </summary>
internal static class Payload
{
    internal const byte Marker = (byte)'#';
    internal const int HeadLength = 2 + SequenceDigits + TimestampDigits;

    private const int SequenceDigits = 8;
    private const int TimestampDigits = 16;
    private const byte Zero = (byte)'a';

    internal static void Write(Span<byte> payload, int lane, uint sequence, long timestamp)
    {
        payload[0] = Marker;
        payload[1] = (byte)('0' + lane);
        WriteDigits(payload.Slice(2, SequenceDigits), sequence);
        WriteDigits(payload.Slice(2 + SequenceDigits, TimestampDigits), (ulong)timestamp);
    }

    internal static void Fill(Span<byte> payload) => payload[HeadLength..].Fill((byte)'x');

    /// <summary>Finds the payload in a hub message and checks that it arrived in its full size.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> message, int payloadBytes, out int lane, out uint sequence, out long timestamp)
    {
        lane = 0;
        sequence = 0;
        timestamp = 0;
        var start = message.IndexOf(Marker);
        if (start < 0 || message.Length - start <= payloadBytes || message[start + payloadBytes] != (byte)'"')
        {
            return false;
        }

        var head = message.Slice(start, HeadLength);
        lane = head[1] - '0';
        sequence = (uint)ReadDigits(head.Slice(2, SequenceDigits));
        timestamp = (long)ReadDigits(head.Slice(2 + SequenceDigits, TimestampDigits));
        return true;
    }

    internal static void WriteDigits(Span<byte> digits, ulong value)
    {
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = (byte)(Zero + (value & 15));
            value >>= 4;
        }
    }

    internal static ulong ReadDigits(ReadOnlySpan<byte> digits)
    {
        var value = 0UL;
        foreach (var digit in digits)
        {
            value = (value << 4) | (uint)(digit - Zero);
        }

        return value;
    }
}
