namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>Provides the times of the streams that are not configured.</summary>
internal static class StreamTiming
{
    /// <summary>
    /// The time for which a node writes its last entries again after a lost connection: a replica that took over, or a Redis that writes its
    /// log once a second, may have lost them. Readers recognize the repeats.
    /// </summary>
    public static readonly TimeSpan Rewritten = TimeSpan.FromSeconds(3);

    /// <summary>The time by which a reader goes back after a lost connection: the ids of another Redis may be a little behind.</summary>
    public static readonly TimeSpan ReadAgain = TimeSpan.FromSeconds(10);

    /// <summary>The time for which a reader waits for a message that a later one has overtaken; then it counts as lost.</summary>
    public static readonly TimeSpan MaxGap = TimeSpan.FromSeconds(5);

    /// <summary>The time from the expiry of a stream's last entry to the expiry of the stream.</summary>
    public static readonly TimeSpan Afterlife = TimeSpan.FromMinutes(1);

    /// <summary>The interval at which a stream's expiry is postponed while it is written to.</summary>
    public static readonly TimeSpan Prolong = TimeSpan.FromSeconds(30);

    /// <summary>The time after which an unanswered write counts as waiting: Redis is silent, and the link will soon end the connection.</summary>
    public static readonly TimeSpan MaxWrite = TimeSpan.FromSeconds(2);

    /// <summary>The interval at which a refused write is tried again.</summary>
    public static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(250);

    /// <summary>The interval of reads that do not depend on a wake-up, which may be lost.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
}
