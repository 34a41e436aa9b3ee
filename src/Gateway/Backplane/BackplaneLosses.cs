namespace Serverless.Gateway.Backplane;

/// <summary>Times that messages of other nodes did not come to this node, or may not have: counted, and told in the log.</summary>
internal sealed partial class BackplaneLosses(ILogger<BackplaneLosses> logger)
{
    private long _count;

    /// <summary>How often.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The connection that brought them was away, by whatever cause.</summary>
    public void Cut(TimeSpan away)
    {
        Add("cut");
        Log.Cut(logger, away.TotalSeconds);
    }

    /// <summary>The slot of some hubs has another server, and for a moment nobody heard there; who knows it logs it.</summary>
    public void Moved() => Add("moved");

    /// <summary>This node does not keep up, and what comes is dropped.</summary>
    public void FallingBehind(long waitingBytes)
    {
        Add("behind");
        Log.FallingBehind(logger, waitingBytes);
    }

    /// <summary>It keeps up again.</summary>
    public void CaughtUp(long dropped) => Log.CaughtUp(logger, dropped);

    /// <summary>They are in the hub's stream no more.</summary>
    public void Missing(string hub, long messages)
    {
        Add("stream");
        Log.Missing(logger, messages, hub);
    }

    private void Add(string reason)
    {
        Interlocked.Increment(ref _count);
        BackplaneMetrics.Lost(reason);
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Backplane + 20,
            LogLevel.Warning,
            "Redis was away for {Seconds:0.0} s; what other nodes sent meanwhile to clients of this one is lost. Gateway:Delivery=AtLeastOnce keeps it.",
            EventName = "BackplaneCut")]
        public static partial void Cut(ILogger logger, double seconds);

        [LoggerMessage(
            Observability.EventIds.Backplane + 21,
            LogLevel.Warning,
            "Messages of other nodes come faster than this node takes them, and {Bytes} bytes wait; what comes now is lost. Add nodes or send less.",
            EventName = "BackplaneBehind")]
        public static partial void FallingBehind(ILogger logger, long bytes);

        [LoggerMessage(
            Observability.EventIds.Backplane + 22,
            LogLevel.Warning,
            "This node keeps up again; {Messages} messages of other nodes were lost.",
            EventName = "BackplaneCaughtUp")]
        public static partial void CaughtUp(ILogger logger, long messages);

        [LoggerMessage(
            Observability.EventIds.Backplane + 23,
            LogLevel.Warning,
            "{Messages} messages of other nodes for hub {Hub} are lost: its stream has them no more.",
            EventName = "StreamMessagesLost")]
        public static partial void Missing(ILogger logger, long messages, string hub);
    }
}
