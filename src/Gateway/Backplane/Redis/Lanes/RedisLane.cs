using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;

namespace Serverless.Gateway.Backplane.Redis.Lanes;

/// <summary>
/// Represents the channels whose messages keep their order among each other: all channels, or those of one slot of a cluster. A lane is
/// attached to the connection of its slot's owner, on which it listens and publishes.
/// </summary>
/// <remarks>Not safe for concurrent use: everything here is guarded by the lock of <see cref="RedisLanes"/>, its only user.</remarks>
internal sealed class RedisLane(int slot)
{
    // A lane that servers redirect to each other retries no faster than its holds allow.
    private const int MaxRedirections = 2;

    private readonly List<LaneMessage> _returned = [];
    private readonly Queue<LaneMessage> _waiting = new();
    private long _lastNumber;
    private int _holds;
    private int _redirections;
    private int _unanswered;
    private int _unconfirmed;
    private bool _isCrossing;
    private long? _missingSince;

    /// <summary>Gets the slot; 0 for a Redis without slots.</summary>
    public int Slot => slot;

    /// <summary>Gets the channels that this node is subscribed to.</summary>
    public HashSet<string> Channels { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the server of <see cref="Connection"/>.</summary>
    public RedisShard? Shard { get; private set; }

    /// <summary>Gets the connection on which the lane listens and publishes; null while it is detached.</summary>
    public RespConnection? Connection { get; private set; }

    /// <summary>Gets or sets a task that completes when the last subscription is confirmed.</summary>
    public Task Listening { get; set; } = Task.CompletedTask;

    /// <summary>Gets a value that indicates whether the lane is detached and may be attached now.</summary>
    public bool MayAttach => Connection is null && (_redirections < MaxRedirections || _holds == 0);

    /// <summary>Gets a value that indicates whether a new message can be sent at once.</summary>
    public bool CanPublish => IsOpen && !HasWaiting;

    /// <summary>Gets a value that indicates whether messages wait and can be sent now.</summary>
    public bool CanSendWaiting => IsOpen && HasWaiting;

    private bool IsOpen => Connection is { IsLost: false } && _holds == 0 && !_isCrossing;

    // A new message waits behind these.
    private bool HasWaiting => _returned.Count + _waiting.Count > 0;

    /// <summary>
    /// Attaches the lane to a connection. Messages that are unanswered on an older connection must be answered before new ones are sent.
    /// </summary>
    public void Attach(RedisShard shard, RespConnection connection)
    {
        (Shard, Connection) = (shard, connection);
        _isCrossing = _unanswered > 0;
        Listening = Task.CompletedTask;
    }

    /// <summary>Detaches the lane because its connection is lost.</summary>
    public void Lose(RespConnection connection)
    {
        if (Connection == connection)
        {
            (Shard, Connection) = (null, null);
        }
    }

    /// <summary>Detaches the lane because its slot is moving: from now on it may miss messages.</summary>
    public void DetachForMove(long now)
    {
        (Shard, Connection) = (null, null);
        if (Channels.Count > 0)
        {
            _missingSince ??= now;
        }
    }

    /// <summary>
    /// Stops sending until as many calls of <see cref="Release"/>: other subscribers need a moment to follow a slot that has moved.
    /// </summary>
    public void Hold() => _holds++;

    public void Release() => _holds--;

    /// <summary>Notes that a server has redirected a subscription.</summary>
    public void CountRedirection() => _redirections++;

    /// <summary>Lets the lane attach only after its holds: its server has ended a subscription and has not named another server.</summary>
    public void AttachAfterHold() => _redirections = MaxRedirections;

    /// <summary>Lets the lane attach at once: the slot's owner is known.</summary>
    public void ForgetRedirections() => _redirections = 0;

    /// <summary>Notes that a subscription is confirmed.</summary>
    /// <returns>The clock reading since which the lane may have missed messages of a slot that moved; null if it has not.</returns>
    public long? Confirm()
    {
        _redirections = 0;
        (var since, _missingSince) = (_missingSince, null);
        return since;
    }

    /// <summary>Creates the next message of the lane.</summary>
    public LaneMessage Create(string channel, byte[] message, TaskCompletionSource<long?>? counted) => new(++_lastNumber, channel, message, counted);

    /// <summary>Adds a message behind all others.</summary>
    public void Add(LaneMessage message) => _waiting.Enqueue(message);

    /// <summary>Adds a message of another lane behind all others.</summary>
    public void Adopt(LaneMessage message) => Add(message with { Number = ++_lastNumber });

    /// <summary>Puts a message that the server did not take back to its place.</summary>
    public void Return(LaneMessage message) => _returned.Add(message);

    /// <summary>Removes and returns all messages that wait, in order.</summary>
    public IReadOnlyList<LaneMessage> TakeWaiting()
    {
        List<LaneMessage> all = [.. _returned.OrderBy(message => message.Number), .. _waiting];
        _returned.Clear();
        _waiting.Clear();
        return all;
    }

    /// <summary>Notes that a message is sent.</summary>
    public void CountSent() => _unanswered++;

    /// <summary>Notes that a message is answered.</summary>
    /// <param name="isUnconfirmed">True if it had waited, and its connection broke before the answer.</param>
    public void CountAnswered(bool isUnconfirmed)
    {
        _unanswered--;
        _unconfirmed += isUnconfirmed ? 1 : 0;
    }

    /// <summary>Lets the lane send again when no message is unanswered.</summary>
    /// <param name="unconfirmed">The number of unconfirmed messages since the last call that returned true.</param>
    /// <returns>False while a message is unanswered.</returns>
    public bool TryFinishCrossing(out int unconfirmed)
    {
        unconfirmed = 0;
        if (_unanswered > 0)
        {
            return false;
        }

        _isCrossing = false;
        (unconfirmed, _unconfirmed) = (_unconfirmed, 0);
        return true;
    }
}

/// <summary>Represents a message that is sent to its server, or waits for it.</summary>
/// <param name="Number">Its place in the lane.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Message">The bytes, with their signature.</param>
/// <param name="Counted">Takes the number of receivers, or null if it is unknown; null if no caller waits for the number.</param>
internal sealed record LaneMessage(long Number, string Channel, byte[] Message, TaskCompletionSource<long?>? Counted)
{
    /// <summary>Gets or sets a value that indicates whether the caller has an answer already, that the message is accepted.</summary>
    public bool IsPromised { get; set; }

    /// <summary>Gets or sets the number of receivers; null while it is unknown.</summary>
    public long? Receivers { get; set; }
}
