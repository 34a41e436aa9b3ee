using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;

namespace Serverless.Gateway.Backplane.Redis.Lanes;

/// <summary>
/// Subscribes and publishes over lanes: one lane for all channels of a single server, one lane for each slot of a cluster, and so for each
/// hub. Messages of one caller to the channels of one lane keep their order, over lost connections and over slots that move. Messages that
/// cannot be sent wait, within a bound.
/// </summary>
/// <remarks>
/// Safe for many threads. <c>_gate</c> guards the lanes, all that is in them, the subscriptions and the waiting bytes. Under it the
/// <see cref="SlotMap"/> is asked for owners and commands are put into a <see cref="RespConnection"/>: both have a lock of their own, which
/// comes after this one. Every method that is not async and not public is called under <c>_gate</c>; an async one begins under it, and
/// takes it again for the answer. This file has the lanes and their channels, <c>RedisLanes.Sending.cs</c> the messages.
/// </remarks>
internal sealed partial class RedisLanes(SlotMap slots, ILaneEvents events, TimeProvider time, ILogger logger)
{
    private const int ChannelsPerCommand = 500;

    // Redis notifies subscribers of a moved slot at once, but publishers only when they publish. The pause lets subscribers move first.
    private static readonly TimeSpan MoveHold = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RefusalHold = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();

    // Under _gate.
    private readonly Dictionary<int, RedisLane> _lanes = [];
    private readonly Dictionary<string, int> _subscribed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _leaving = new(StringComparer.Ordinal); // channels whose SUNSUBSCRIBE is not answered yet, and how many
    private readonly Dictionary<RespConnection, Task> _listening = []; // the last subscription at each connection
    private bool _isBySlot;
    private int _waitingBytes;

    private ReadOnlyMemory<byte> SubscribeCommand => RespConnection.Part(_isBySlot ? "SSUBSCRIBE" : "SUBSCRIBE");

    private ReadOnlyMemory<byte> UnsubscribeCommand => RespConnection.Part(_isBySlot ? "SUNSUBSCRIBE" : "UNSUBSCRIBE");

    /// <summary>Adds a subscriber of a channel.</summary>
    public void Subscribe(string channel)
    {
        lock (_gate)
        {
            var count = _subscribed[channel] = _subscribed.GetValueOrDefault(channel) + 1;
            if (count == 1)
            {
                var lane = LaneOf(channel);
                lane.Channels.Add(channel);
                Listen(lane, [channel]);
            }
        }
    }

    /// <summary>Removes a subscriber of a channel.</summary>
    public void Unsubscribe(string channel)
    {
        lock (_gate)
        {
            if (!_subscribed.TryGetValue(channel, out var count))
            {
                return;
            }

            if (count > 1)
            {
                _subscribed[channel] = count - 1;
                return;
            }

            _subscribed.Remove(channel);
            var lane = LaneOf(channel);
            lane.Channels.Remove(channel);
            if (lane is { Connection: { } connection, Shard: { } shard })
            {
                _leaving[channel] = _leaving.GetValueOrDefault(channel) + 1;
                _ = LeaveAsync(lane, shard, connection, channel);
            }
        }
    }

    /// <summary>Returns the subscriptions that Redis has not confirmed yet; null if there are none.</summary>
    public IReadOnlyList<Task>? FindUnconfirmed()
    {
        List<Task>? open = null;
        lock (_gate)
        {
            foreach (var listening in _listening.Values)
            {
                if (!listening.IsCompleted)
                {
                    (open ??= []).Add(listening);
                }
            }
        }

        return open;
    }

    /// <summary>Attaches the lanes of a server that is connected, first or again.</summary>
    /// <returns>A task that completes when the server has confirmed their subscriptions.</returns>
    public Task AttachTo(RedisShard shard)
    {
        lock (_gate)
        {
            RegroupIfChanged();
            var listening = new List<Task>();
            foreach (var lane in _lanes.Values.Where(lane => OwnerOf(lane).Shard == shard).ToList())
            {
                Attach(lane);
                listening.Add(lane.Listening);
            }

            return Task.WhenAll(listening);
        }
    }

    /// <summary>Detaches the lanes of a connection that is lost.</summary>
    public void Lose(RespConnection connection)
    {
        lock (_gate)
        {
            _listening.Remove(connection);
            foreach (var lane in _lanes.Values)
            {
                lane.Lose(connection);
            }
        }
    }

    /// <summary>Moves the lanes of slots that have another owner now.</summary>
    /// <param name="moved">The slots.</param>
    /// <param name="isCertain">True if the moves come from a server's whole view: the new owner is then tried without a pause.</param>
    public void Move(IReadOnlyList<int> moved, bool isCertain)
    {
        lock (_gate)
        {
            RegroupIfChanged();
            foreach (var slot in moved)
            {
                if (_lanes.TryGetValue(slot, out var lane))
                {
                    Move(lane, isCertain);
                }
            }
        }
    }

    /// <summary>Handles a subscription that has ended. Redis ends those of a slot that moves; those that this node ends come here too.</summary>
    public void Ended(RedisShard shard, RespConnection connection, string channel)
    {
        lock (_gate)
        {
            if (_subscribed.ContainsKey(channel) && !_leaving.ContainsKey(channel) && LaneOf(channel) is var lane && lane.Connection == connection)
            {
                // The push does not name the new owner.
                Detach(lane, MoveHold);
                lane.AttachAfterHold();
                slots.Doubt(shard);
            }
        }
    }

    private SlotOwner OwnerOf(RedisLane lane) => slots.OwnerOf(lane.Slot, _isBySlot);

    private RedisLane LaneOf(string channel)
    {
        RegroupIfChanged();
        var lane = GetOrAdd(channel);
        Attach(lane);
        return lane;
    }

    private RedisLane GetOrAdd(string channel)
    {
        var slot = _isBySlot ? HashSlot.Of(channel) : 0;
        if (!_lanes.TryGetValue(slot, out var lane))
        {
            lane = _lanes[slot] = new RedisLane(slot);
        }

        return lane;
    }

    // From one lane to one for each slot, or back: the first server has answered what Redis is.
    private void RegroupIfChanged()
    {
        var isCluster = slots.IsCluster;
        if (_isBySlot == isCluster)
        {
            return;
        }

        var waiting = _lanes.Values.SelectMany(lane => lane.TakeWaiting()).ToList();
        foreach (var lane in _lanes.Values)
        {
            lane.Channels.Clear();
        }

        _lanes.Clear();
        _isBySlot = isCluster;
        foreach (var channel in _subscribed.Keys)
        {
            GetOrAdd(channel).Channels.Add(channel);
        }

        foreach (var message in waiting)
        {
            GetOrAdd(message.Channel).Adopt(message);
        }

        foreach (var lane in _lanes.Values)
        {
            Attach(lane);
        }
    }

    // Attaches a lane to its owner's connection if there is one, and sends what waits if nothing is in its way.
    private void Attach(RedisLane lane)
    {
        if (lane.MayAttach && OwnerOf(lane) is { Shard: { } shard, Connection: { } connection })
        {
            lane.Attach(shard, connection);
            Listen(lane, lane.Channels);
        }

        SendWaiting(lane);
    }

    private void Move(RedisLane lane, bool isCertain)
    {
        if (isCertain)
        {
            lane.ForgetRedirections();
        }

        events.SlotMoved();
        if (lane.Connection is { } old && lane.Shard != OwnerOf(lane).Shard)
        {
            // The old owner may not know yet that it has lost the slot.
            foreach (var some in lane.Channels.Chunk(ChannelsPerCommand))
            {
                _ = IgnoreAsync(old.SubscribeAsync([UnsubscribeCommand, .. some.Select(RespConnection.Part)]));
            }

            Detach(lane, MoveHold);
        }

        Attach(lane);

        static async Task IgnoreAsync(Task left)
        {
            try
            {
                await left;
            }
            catch (Exception exception) when (RedisShard.IsFailure(exception))
            {
                // The subscription has ended in either case.
            }
        }
    }

    private void Detach(RedisLane lane, TimeSpan hold)
    {
        lane.DetachForMove(time.GetTimestamp());
        Hold(lane, hold);
    }

    private void Hold(RedisLane lane, TimeSpan span)
    {
        lane.Hold();
        _ = ReleaseAsync();

        async Task ReleaseAsync()
        {
            await Task.Delay(span, time);
            lock (_gate)
            {
                lane.Release();
                Attach(lane);
            }
        }
    }

    private void Follow(RedisLane lane, RedisShard teller, RedisRedirection redirection)
    {
        if (slots.Follow(lane.Slot, teller, redirection))
        {
            events.SlotMoved();
            Attach(lane);
        }
    }

    // The one way to subscribe: to one more channel, and to all of a lane that is attached at the start, after a break or after a move.
    private void Listen(RedisLane lane, IEnumerable<string> channels)
    {
        if (lane is { Connection: { } connection, Shard: { } shard })
        {
            foreach (var some in channels.Chunk(ChannelsPerCommand))
            {
                lane.Listening = _listening[connection] = ListenAsync(lane, shard, connection, some);
            }
        }
    }

    private async Task ListenAsync(RedisLane lane, RedisShard shard, RespConnection connection, string[] channels)
    {
        var elsewhere = Task.CompletedTask;
        try
        {
            await connection.SubscribeAsync([SubscribeCommand, .. channels.Select(RespConnection.Part)]);
            lock (_gate)
            {
                if (lane.Connection == connection && lane.Confirm() is { } since)
                {
                    events.MessagesMissed();
                    events.SlotMoved();
                    Log.Moved(logger, lane.Slot, shard.Endpoint.Host, shard.Endpoint.Port, (long)time.GetElapsedTime(since).TotalMilliseconds);
                }
            }
        }
        catch (RedisException exception) when (RedisRedirection.Read(exception.Message, shard.Endpoint) is { } redirection)
        {
            lock (_gate)
            {
                if (lane.Connection == connection)
                {
                    lane.CountRedirection();
                    Detach(lane, RefusalHold);
                    Follow(lane, shard, redirection);
                    Attach(lane);
                }

                elsewhere = lane.Connection is null ? elsewhere : lane.Listening;
            }
        }
        catch (RedisException exception)
        {
            RedisLog.Refused(logger, exception.Message);
        }
        catch (IOException)
        {
            // The lane listens again when it is attached to the next connection.
        }

        await elsewhere;
    }

    private async Task LeaveAsync(RedisLane lane, RedisShard shard, RespConnection connection, string channel)
    {
        RedisRedirection? redirection = null;
        try
        {
            await connection.SubscribeAsync(UnsubscribeCommand, RespConnection.Part(channel));
        }
        catch (RedisException exception)
        {
            redirection = RedisRedirection.Read(exception.Message, shard.Endpoint);
        }
        catch (IOException)
        {
            // The subscription has ended with the connection.
        }

        lock (_gate)
        {
            if (--_leaving[channel] == 0)
            {
                _leaving.Remove(channel);
            }

            if (redirection is { } there && lane.Connection == connection)
            {
                Detach(lane, MoveHold);
                Follow(lane, shard, there);
                Attach(lane);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Backplane + 5,
            LogLevel.Warning,
            "Slot {Slot} has moved to Redis at {Host}:{Port}; for {Milliseconds} ms this node missed the messages of other nodes to its hubs.",
            EventName = "RedisSlotMoved")]
        public static partial void Moved(ILogger logger, int slot, string host, int port, long milliseconds);

        [LoggerMessage(
            Observability.EventIds.Backplane + 6,
            LogLevel.Warning,
            "The connection to Redis broke while {Messages} messages that had waited were sent; other nodes may or may not have got them.",
            EventName = "RedisMessagesUnconfirmed")]
        public static partial void Unconfirmed(ILogger logger, int messages);
    }
}
