namespace Serverless.Gateway.Metering;

/// <summary>Represents a number of messages, their units, and the bytes that carried them. Only the bytes include housekeeping.</summary>
internal readonly record struct Traffic(long Messages, long Units, long Bytes)
{
    /// <summary>Creates the traffic of one message.</summary>
    public static Traffic OfMessage(int bytes) => new(1, MessageUnits.Of(bytes), bytes);

    public static Traffic operator +(Traffic left, Traffic right) =>
        new(left.Messages + right.Messages, left.Units + right.Units, left.Bytes + right.Bytes);

    public static Traffic operator -(Traffic left, Traffic right) =>
        new(left.Messages - right.Messages, left.Units - right.Units, left.Bytes - right.Bytes);
}
