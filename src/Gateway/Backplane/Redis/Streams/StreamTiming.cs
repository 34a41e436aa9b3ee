namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>How long what is kept, beside what is configured.</summary>
internal static class StreamTiming
{
    /// <summary>
    /// What a node wrote within this time, it writes again after a break of the connection: a replica that took over, or a Redis that writes
    /// its log once a second, may have lost it. Readers know it for a repeat.
    /// </summary>
    public static readonly TimeSpan Rewritten = TimeSpan.FromSeconds(3);

    /// <summary>How far a reader goes back after a break: the ids of another Redis may be a little behind.</summary>
    public static readonly TimeSpan ReadAgain = TimeSpan.FromSeconds(10);

    /// <summary>How long a reader waits for a message that one behind it has overtaken; then it is lost.</summary>
    public static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(5);

    /// <summary>A stream that nobody writes to any more is gone this long after its last entry's time is over.</summary>
    public static readonly TimeSpan Afterlife = TimeSpan.FromMinutes(1);

    /// <summary>How often a stream's life is prolonged while it is written to.</summary>
    public static readonly TimeSpan Prolong = TimeSpan.FromSeconds(30);

    /// <summary>An unanswered write counts as waiting after this: Redis is silent, and is about to be found away.</summary>
    public static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(2);

    /// <summary>How often a Redis that refuses is tried again.</summary>
    public static readonly TimeSpan TryAgain = TimeSpan.FromMilliseconds(250);

    /// <summary>How often to look for what a lost wake-up would leave.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
}
