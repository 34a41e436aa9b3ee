using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Lanes;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;

namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>
/// The way to Redis, one server or a cluster: listens to channels, publishes, and asks. What one caller publishes to channels of one lane
/// is heard in that order, over breaks and over slots that move; what cannot be sent waits, within a bound.
/// </summary>
/// <remarks>
/// Channels are in lanes: one lane for all where there is one server, one for each slot of a cluster, that is for each hub. A lane listens
/// and publishes at the server that has its slot. In this file is what callers see; <c>RedisLink.Asking.cs</c> has commands about keys, <c>RedisLink.Lanes.cs</c>
/// how lanes are served, and <c>RedisLink.Cluster.cs</c> which server has what.
/// </remarks>
internal sealed partial class RedisLink
{
    /// <summary>Bytes of messages that may wait while Redis is away.</summary>
    public const int MaxWaitingBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan LongestSettling = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestCounting = TimeSpan.FromSeconds(3);

    private readonly RedisAddress _address;
    private readonly NodeId _node;
    private readonly IdentityTokens _identity;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisLink> _logger;
    private readonly Lock _gate = new();

    // Under _gate, as everything in lanes and shards.
    private readonly Dictionary<string, int> _subscribed = new(StringComparer.Ordinal);
    private int _waitingBytes;
    private long _connections;

    public RedisLink(RedisAddress address, NodeId node, IdentityTokens identity, TimeProvider time, ILogger<RedisLink> logger)
    {
        _address = address;
        _node = node;
        _identity = identity;
        _time = time;
        _logger = logger;
        _configured = new RedisEndpoint(address.Host, address.Port);
        Names = new RedisNames(address.Prefix);
        Subscribe(Names.Node(node.Value));
    }

    /// <summary>Names of this deployment's channels and keys.</summary>
    public RedisNames Names { get; }

    /// <summary>Takes each message and its channel; called in order for each lane. Set once, before <see cref="RunAsync"/>.</summary>
    public Action<byte[], byte[]>? Take { get; set; }

    /// <summary>Signs a message anew that has waited for Redis. Set once, before <see cref="RunAsync"/>; called under the lock, must not wait.</summary>
    public Action<string, byte[]>? Renew { get; set; }

    /// <summary>Bytes of messages that wait for Redis to be back.</summary>
    public int BytesWaiting
    {
        get
        {
            lock (_gate)
            {
                return _waitingBytes;
            }
        }
    }

    /// <summary>How much of Redis is there.</summary>
    public RedisState State
    {
        get
        {
            lock (_gate)
            {
                var up = _owning.Count(shard => shard.Connection is not null);
                return up == 0 ? RedisState.Unavailable : up == _owning.Count ? RedisState.Connected : RedisState.Partial;
            }
        }
    }

    /// <summary>Whether all of it is.</summary>
    public bool IsUp => State == RedisState.Connected;

    /// <summary>Clock reading since which all of Redis has been there without a break; null while some of it is away.</summary>
    public long? UpSince
    {
        get
        {
            lock (_gate)
            {
                return _owning.Count > 0 && _owning.All(shard => shard.Connection is not null) ? _owning.Max(shard => shard.UpSince) : null;
            }
        }
    }

    /// <summary>How many connections there have been.</summary>
    public long Connections
    {
        get
        {
            lock (_gate)
            {
                return _connections;
            }
        }
    }

    /// <summary>The connections that are there, one to each server.</summary>
    public IReadOnlyList<RespConnection> Open
    {
        get
        {
            lock (_gate)
            {
                return [.. _shards.Values.Select(shard => shard.Connection).OfType<RespConnection>()];
            }
        }
    }

    /// <summary>The connection to the server that has a key; null while it is away.</summary>
    public RespConnection? ConnectionFor(ReadOnlyMemory<byte> key)
    {
        lock (_gate)
        {
            return OwnerOf(SlotOf(key.Span))?.Connection;
        }
    }

    /// <summary>Counts one more who wants a channel's messages.</summary>
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

    /// <summary>Counts one less.</summary>
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
            Leave(lane, channel);
        }
    }

    /// <summary>Ends when Redis has confirmed every subscription so far; at once while it is away.</summary>
    public ValueTask SettledAsync()
    {
        List<Task>? open = null;
        lock (_gate)
        {
            foreach (var shard in _shards.Values)
            {
                if (!shard.Listening.IsCompleted)
                {
                    (open ??= []).Add(shard.Listening);
                }
            }
        }

        return open is null ? default : new ValueTask(WaitAsync(open));
    }

    /// <summary>Ends when all that Redis had for this node has been taken; at once while it is away.</summary>
    public Task FenceAsync() =>

        // Answered on the connection that brings the messages, behind them.
        WaitAsync(Open.Select(connection => connection.AskAsync(PingCommand)));

    /// <summary>Publishes, or keeps the message until Redis is back.</summary>
    /// <returns>Not sent if it is lost: too much waits, or the connection broke under it.</returns>
    public async ValueTask<Published> PublishAsync(string channel, byte[] message)
    {
        Task<bool> sent;
        LaneMessage one;
        bool hearsItself;
        lock (_gate)
        {
            var lane = LaneOf(channel);
            hearsItself = lane.Channels.Contains(channel);
            one = new LaneMessage(lane.NextNumber(), channel, message, Counted: null);
            if (!CanPublish(lane))
            {
                return new Published(TryWait(lane, one), null);
            }

            sent = SendAsync(lane, one);
        }

        var asked = _time.GetTimestamp();
        if (!await sent)
        {
            return default;
        }

        BackplaneMetrics.Answered("publish", _time.GetElapsedTime(asked));
        return new Published(true, one.Receivers - (hearsItself ? 1 : 0));
    }

    /// <summary>Publishes and tells how many others got it; null while Redis is away.</summary>
    public async ValueTask<long?> CountOthersAsync(string channel, byte[] message)
    {
        var counted = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool hearsItself;
        lock (_gate)
        {
            var lane = LaneOf(channel);
            hearsItself = lane.Channels.Contains(channel);
            var one = new LaneMessage(lane.NextNumber(), channel, message, counted);
            if (CanPublish(lane))
            {
                _ = SendAsync(lane, one);
            }
            else if (OwnerOf(lane.Slot)?.Connection is null || !TryWait(lane, one))
            {
                return null;
            }
        }

        try
        {
            return await counted.Task.WaitAsync(LongestCounting, _time) is { } receivers ? receivers - (hearsItself ? 1 : 0) : null;
        }
        catch (TimeoutException)
        {
            // Nobody is there for the answers any more.
            counted.TrySetResult(null);
            return null;
        }
    }

    private static async Task WaitAsync(IEnumerable<Task> answers)
    {
        try
        {
            await Task.WhenAll(answers).WaitAsync(LongestSettling);
        }
        catch (Exception exception) when (RedisShard.IsFailure(exception))
        {
            // Away: it subscribes anew when it is back.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Observability.EventIds.Backplane + 3, LogLevel.Warning, "Redis refused a command: {Reason}", EventName = "RedisRefused")]
        public static partial void Refused(ILogger logger, string reason);

        [LoggerMessage(
            Observability.EventIds.Backplane + 5,
            LogLevel.Warning,
            "Slot {Slot} has moved to Redis at {Host}:{Port}; for {Milliseconds} ms this node did not hear what other nodes sent to its hubs.",
            EventName = "RedisSlotMoved")]
        public static partial void Moved(ILogger logger, int slot, string host, int port, long milliseconds);

        [LoggerMessage(
            Observability.EventIds.Backplane + 6,
            LogLevel.Warning,
            "Redis went away under {Messages} messages that had waited for it; whether other nodes have heard them is not known.",
            EventName = "RedisMessagesUnconfirmed")]
        public static partial void Unconfirmed(ILogger logger, int messages);
    }
}
