namespace Serverless.Gateway.Backplane;

/// <summary>Counts and logs the occasions on which messages of other nodes were lost to this node, or may have been.</summary>
internal sealed partial class BackplaneLosses(ILogger<BackplaneLosses> logger)
{
    private long _count;

    /// <summary>Gets the number of occasions.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Notes that the connection that brings messages was lost for a time.</summary>
    public void Cut(TimeSpan downtime)
    {
        Add("cut");
        Log.Cut(logger, downtime.TotalSeconds);
    }

    /// <summary>Notes that messages were missed while a slot moved to another server. The caller logs it.</summary>
    public void Moved() => Add("moved");

    /// <summary>Notes that this node does not keep up and drops messages.</summary>
    public void FallingBehind(long waitingBytes)
    {
        Add("behind");
        Log.FallingBehind(logger, waitingBytes);
    }

    /// <summary>Notes that this node keeps up again.</summary>
    public void CaughtUp(long dropped) => Log.CaughtUp(logger, dropped);

    /// <summary>Notes that messages were removed from the hub's stream before this node read them.</summary>
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
            "Redis was unreachable for {Seconds:0.0} s; messages that other nodes sent meanwhile to clients of this node are lost. Gateway:Delivery=AtLeastOnce keeps them.",
            EventName = "BackplaneCut")]
        public static partial void Cut(ILogger logger, double seconds);

        [LoggerMessage(
            Observability.EventIds.Backplane + 21,
            LogLevel.Warning,
            "Messages of other nodes arrive faster than this node handles them, and {Bytes} bytes wait; further messages are lost. Add nodes or send less.",
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
            "{Messages} messages of other nodes for hub {Hub} are lost: they are no longer in its stream.",
            EventName = "StreamMessagesLost")]
        public static partial void Missing(ILogger logger, long messages, string hub);
    }
}
