namespace Serverless.Gateway.Metering;

/// <summary>Messages, the units they count for, and the bytes they were carried by (housekeeping included in the last alone).</summary>
internal readonly record struct Traffic(long Messages, long Units, long Bytes)
{
    /// <summary>One message of so many bytes.</summary>
    public static Traffic OfMessage(int bytes) => new(1, MessageUnits.Of(bytes), bytes);

    public static Traffic operator +(Traffic left, Traffic right) =>
        new(left.Messages + right.Messages, left.Units + right.Units, left.Bytes + right.Bytes);

    public static Traffic operator -(Traffic left, Traffic right) =>
        new(left.Messages - right.Messages, left.Units - right.Units, left.Bytes - right.Bytes);
}
