using System.Buffers.Binary;

namespace Serverless.Protocol.MessagePack;

/// <summary>Reads the timestamp extension, type -1 in 4, 8 or 12 bytes (msgpack spec.md, "Timestamp extension type").</summary>
internal static class MessagePackTimestamp
{
    public const sbyte ExtensionType = -1;

    private const int NanosecondsPerTick = 100;

    /// <summary>Reads a timestamp; returns false if the length is another one or the time lies outside of the years 1 to 9999.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out DateTime time)
    {
        long seconds;
        long nanoseconds;
        switch (data.Length)
        {
            case 4:
                seconds = BinaryPrimitives.ReadUInt32BigEndian(data);
                nanoseconds = 0;
                break;
            case 8:
                var packed = BinaryPrimitives.ReadUInt64BigEndian(data);
                seconds = (long)(packed & 0x3_FFFF_FFFF);
                nanoseconds = (long)(packed >> 34);
                break;
            case 12:
                nanoseconds = BinaryPrimitives.ReadUInt32BigEndian(data);
                seconds = BinaryPrimitives.ReadInt64BigEndian(data[4..]);
                break;
            default:
                time = default;
                return false;
        }

        var earliest = -DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerSecond;
        var latest = (DateTime.MaxValue.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
        if (seconds < earliest || seconds > latest || nanoseconds is < 0 or > 999_999_999)
        {
            time = default;
            return false;
        }

        time = DateTime.UnixEpoch.AddSeconds(seconds).AddTicks(nanoseconds / NanosecondsPerTick);
        return true;
    }
}
