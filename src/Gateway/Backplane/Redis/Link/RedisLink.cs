using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Lanes;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;

namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>
/// Connects this node to Redis, one server or a cluster: subscribes and publishes over <see cref="RedisLanes"/>, and sends commands about
/// keys to the server that owns the key's slot. The backplane, the ledger and the stores share it.
/// </summary>
/// <remarks>
/// The link has no lock and no state that changes. Each part owns its state and the lock for it:
/// <list type="table">
/// <listheader><term>owner</term><description>state, lock, and the threads that change it</description></listheader>
/// <item><term><see cref="RedisLanes"/></term><description>
/// Lanes, subscriptions and waiting messages, under its lock. Callers of the link, and the continuations of answers, change them.
/// </description></item>
/// <item><term><see cref="SlotMap"/></term><description>
/// Servers, their open connections and the owner of each slot, under its lock. The loop of each <see cref="RedisShard"/>, the loop of
/// <see cref="TopologyWatch"/>, and redirected commands change them.
/// </description></item>
/// <item><term><see cref="RedisShard"/></term><description>
/// The connection of one server until it is logged in, in the shard's own loop, without a lock.
/// </description></item>
/// <item><term><see cref="RespConnection"/></term><description>
/// Commands to be written and answers that are awaited, under its lock. One task reads the socket: it completes answers and calls
/// <see cref="IShardEvents.Pushed"/> in order.
/// </description></item>
/// </list>
/// Locks nest in this order only: lanes, slots, connection. <see cref="Connected"/> and <see cref="SlotMoved"/> are called without a lock.
/// In this file is the link's life and its channels, in <c>RedisLink.Asking.cs</c> the commands about keys.
/// </remarks>
internal sealed partial class RedisLink : IStreamRedis, IShardEvents, ILaneEvents
{
    private static readonly TimeSpan MaxSettling = TimeSpan.FromSeconds(2);

    private readonly RedisEndpoint _configured;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisLink> _logger;
    private readonly SlotMap _slots;
    private readonly RedisLanes _lanes;
    private readonly TopologyWatch _watch;
    private readonly CoalescedSignal _moved;

    public RedisLink(RedisAddress address, NodeId node, IdentityTokens identity, TimeProvider time, ILogger<RedisLink> logger)
    {
        _configured = new RedisEndpoint(address.Host, address.Port);
        _time = time;
        _logger = logger;
        _slots = new SlotMap(
            _configured, endpoint => new RedisShard(endpoint, address, node, new RedisLogin(address, identity), this, time, logger), time);
        _lanes = new RedisLanes(_slots, this, time, logger);
        _watch = new TopologyWatch(_slots, moved => _lanes.Move(moved, isCertain: true), time);
        _moved = new CoalescedSignal(() => SlotMoved?.Invoke());
        Names = new RedisNames(address.Prefix);
        Subscribe(Names.Node(node.Value));
    }

    /// <summary>Gets the names of this deployment's channels and keys.</summary>
    public RedisNames Names { get; }

    /// <summary>
    /// Gets or sets the callback for each message and its channel; called in order for each lane. Set once, before <see cref="RunAsync"/>.
    /// </summary>
    public Action<byte[], byte[]>? Take { get; set; }

    /// <summary>
    /// Gets or sets the callback that signs a message again that has waited for Redis. Set once, before <see cref="RunAsync"/>; called under the
    /// lanes' lock, must not wait.
    /// </summary>
    public Action<string, byte[]>? Renew { get; set; }

    /// <summary>
    /// Gets or sets the callback for each connection whose subscriptions are confirmed, with the time that its server was unreachable before;
    /// null for a server's first connection. Set before <see cref="RunAsync"/>, does not wait.
    /// </summary>
    public Action<TimeSpan?>? Connected { get; set; }

    /// <summary>
    /// Gets or sets the callback for slots that have moved to another server: keys and streams are to be looked for there. Called on a pool
    /// thread, once for several moves. Set once, before <see cref="RunAsync"/>.
    /// </summary>
    public Action? SlotMoved { get; set; }

    /// <summary>
    /// Gets or sets the callback for messages missed while a slot moved. Set once, before <see cref="RunAsync"/>; called under the lanes' lock,
    /// must not wait.
    /// </summary>
    public Action? MessagesMissed { get; set; }

    /// <summary>Gets or sets the record of writes that Redis refuses. Set once.</summary>
    public RedisRefusals? Refusals { get; set; }

    /// <summary>Gets the bytes of messages that wait for Redis.</summary>
    public int BytesWaiting => _lanes.BytesWaiting;

    /// <summary>Gets the connection state across all servers that own slots.</summary>
    public RedisState State => _slots.State;

    /// <summary>Gets a value that indicates whether every server is connected.</summary>
    public bool IsUp => State == RedisState.Connected;

    /// <summary>Gets the clock reading since which all servers have been connected without a break; null while one is not.</summary>
    public long? UpSince => _slots.UpSince;

    /// <summary>Gets the number of connections since the start.</summary>
    public long Connections => _slots.Connections;

    /// <summary>Gets the open connections, one to each server.</summary>
    public IReadOnlyList<RespConnection> Open => _slots.Open;

    /// <summary>Gets a task that completes when the first connection since the start is open; it never fails.</summary>
    public Task Reached => _slots.Reached;

    bool IShardEvents.IsCluster => _slots.IsCluster;

    /// <summary>Keeps the connections until the host stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        _slots.Start(stopping);
        await _watch.RunAsync(stopping);
        await _slots.EndedAsync();
    }

    /// <summary>Adds a subscriber of a channel.</summary>
    public void Subscribe(string channel) => _lanes.Subscribe(channel);

    /// <summary>Removes a subscriber of a channel.</summary>
    public void Unsubscribe(string channel) => _lanes.Unsubscribe(channel);

    /// <summary>Completes when Redis has confirmed every subscription so far; at once while it is unreachable.</summary>
    public ValueTask SettledAsync() => _lanes.FindUnconfirmed() is { } open ? new ValueTask(WaitAsync(open)) : default;

    /// <summary>Completes when all messages that Redis had for this node have been taken; at once while it is unreachable.</summary>
    public Task FenceAsync() =>

        // The answer comes on the connection that brings the messages, behind them.
        WaitAsync(Open.Select(connection => connection.AskAsync(PingCommand)));

    /// <inheritdoc cref="RedisLanes.PublishAsync"/>
    public ValueTask<Published> PublishAsync(string channel, byte[] message) => _lanes.PublishAsync(channel, message);

    /// <inheritdoc cref="RedisLanes.CountOthersAsync"/>
    public ValueTask<long?> CountOthersAsync(string channel, byte[] message) => _lanes.CountOthersAsync(channel, message);

    Task IShardEvents.LoggedInAsync(RedisShard shard, RespConnection connection, RedisTopology topology)
    {
        _lanes.Move(_slots.Connected(shard, connection, topology), isCertain: true);
        return _lanes.AttachTo(shard);
    }

    void IShardEvents.Connected(TimeSpan? downtime) => Connected?.Invoke(downtime);

    void IShardEvents.Disconnected(RedisShard shard)
    {
        if (_slots.Disconnected(shard) is { } lost)
        {
            _lanes.Lose(lost);
        }
    }

    void IShardEvents.Pushed(RedisShard shard, RespConnection connection, RespValue push)
    {
        switch (push.Items)
        {
            case [{ Text: "message" or "smessage" }, { } from, { } message]:
                Take?.Invoke(from.Bytes, message.Bytes);
                break;
            case [{ Text: "sunsubscribe" }, { } channel, ..]:
                _lanes.Ended(shard, connection, channel.Text);
                break;
        }
    }

    void ILaneEvents.Sending(string channel, byte[] message) => Renew?.Invoke(channel, message);

    void ILaneEvents.SlotMoved() => _moved.Set();

    void ILaneEvents.MessagesMissed() => MessagesMissed?.Invoke();

    private static async Task WaitAsync(IEnumerable<Task> answers)
    {
        try
        {
            await Task.WhenAll(answers).WaitAsync(MaxSettling);
        }
        catch (Exception exception) when (RedisShard.IsFailure(exception))
        {
            // Redis is unreachable: the lanes subscribe again at the next connection.
        }
    }
}
