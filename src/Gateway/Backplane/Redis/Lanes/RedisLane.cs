using Serverless.Gateway.Backplane.Redis.Resp;

namespace Serverless.Gateway.Backplane.Redis.Lanes;

/// <summary>
/// Channels whose messages keep their order among each other: all there are, or those of one slot of a cluster. Everything here is under
/// the link's lock.
/// </summary>
internal sealed class RedisLane(int slot)
{
    private readonly List<LaneMessage> _returned = [];
    private readonly Queue<LaneMessage> _waiting = new();
    private long _lastNumber;

    /// <value>The slot; 0 where there are none.</value>
    public int Slot => slot;

    /// <value>The channels that this node listens to.</value>
    public HashSet<string> Channels { get; } = new(StringComparer.Ordinal);

    /// <value>Where it listens and publishes; null while its server is away or not known.</value>
    public RespConnection? Connection { get; set; }

    /// <value>Above 0, nothing is published for now: those who listen need a moment to follow a slot that has moved.</value>
    public int Holds { get; set; }

    /// <value>Since when it may miss messages because its slot has moved; null if it does not. A clock reading.</value>
    public long? DeafSince { get; set; }

    /// <value>How often in a row it was sent away when it wanted to listen.</value>
    public int SentAway { get; set; }

    /// <value>Ends when the last subscription is confirmed.</value>
    public Task Listening { get; set; } = Task.CompletedTask;

    /// <value>Messages that have been sent and not been answered.</value>
    public int Unanswered { get; set; }

    /// <value>Some of those are on their way over an older connection: what comes now waits behind them.</value>
    public bool IsCrossing { get; set; }

    /// <value>Messages that had waited and whose end nobody knows, since this was last told.</value>
    public int Unconfirmed { get; set; }

    /// <summary>Whether messages wait, so that others must wait behind them.</summary>
    public bool HasWaiting => _returned.Count + _waiting.Count > 0;

    public long NextNumber() => ++_lastNumber;

    /// <summary>Puts a message behind all others.</summary>
    public void Add(LaneMessage message) => _waiting.Enqueue(message);

    /// <summary>Puts a message that was not done back to its place.</summary>
    public void Return(LaneMessage message) => _returned.Add(message);

    /// <summary>Takes all that wait, in order.</summary>
    public IReadOnlyList<LaneMessage> TakeWaiting()
    {
        List<LaneMessage> all = [.. _returned.OrderBy(message => message.Number), .. _waiting];
        _returned.Clear();
        _waiting.Clear();
        return all;
    }
}

/// <summary>A message on its way to its server, or waiting for it.</summary>
/// <param name="Number">Its place in the lane.</param>
/// <param name="Channel">Where it goes.</param>
/// <param name="Message">What it is.</param>
/// <param name="Counted">Takes how many heard it, null if that is not known; null if nobody waits for that.</param>
internal sealed record LaneMessage(long Number, string Channel, byte[] Message, TaskCompletionSource<long?>? Counted)
{
    /// <value>Whoever sent it has been told that it is taken.</value>
    public bool IsPromised { get; set; }

    /// <value>How many heard it; null while that is not known.</value>
    public long? Receivers { get; set; }
}
