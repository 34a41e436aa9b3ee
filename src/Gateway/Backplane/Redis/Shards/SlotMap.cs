using System.Threading.Channels;
using Serverless.Gateway.Backplane.Redis.Resp;

namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>The server that owns a slot, and the open connection to it.</summary>
/// <param name="Shard">The server; null while no owner is known.</param>
/// <param name="Connection">The connection; null while the server is unreachable.</param>
internal readonly record struct SlotOwner(RedisShard? Shard, RespConnection? Connection);

/// <summary>The next step for a command about a key that a server has redirected.</summary>
/// <param name="Ahead">The server that has the key already and takes this one command; null if there is none.</param>
/// <param name="HasMoved">True when the slot has another owner now.</param>
/// <param name="HasNext">True when the command can be sent again at once.</param>
internal readonly record struct KeyRedirection(RespConnection? Ahead, bool HasMoved, bool HasNext);

/// <summary>
/// Holds the servers of Redis, the connection to each, and the slots that each owns. It is the only owner of this state.
/// </summary>
/// <remarks>
/// Safe for many threads: <c>_gate</c> guards everything here, and no call under it waits or calls back. Lanes look an owner
/// up under their own lock, so that lock comes first. A method that changes owners returns the slots that have moved, and its caller
/// passes them to the lanes without this lock.
/// </remarks>
internal sealed class SlotMap(RedisEndpoint configured, Func<RedisEndpoint, RedisShard> createShard, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<RedisShard> _doubts =
        Channel.CreateBounded<RedisShard>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    // Under _gate, as every method whose name ends in Core.
    private readonly Dictionary<RedisEndpoint, RedisShard> _shards = [];
    private readonly Dictionary<RedisShard, (RespConnection Connection, long Since)> _open = [];
    private readonly RedisShard?[] _owners = new RedisShard?[HashSlot.Count];
    private readonly List<Task> _running = [];
    private IReadOnlyList<RedisShard> _owning = []; // the servers that have slots; the configured one for a Redis without slots
    private CancellationToken _stopping;
    private long _connections;
    private volatile bool _isCluster; // written under _gate, read without it

    /// <summary>Gets a value that indicates whether Redis has slots, as far as is known yet.</summary>
    public bool IsCluster => _isCluster;

    /// <summary>Gets a task that completes when the first connection since the start is open; it never fails.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Gets the servers whose view of the cluster is to be read again: slots have moved, or a server was lost.</summary>
    public ChannelReader<RedisShard> Doubts => _doubts.Reader;

    /// <summary>Gets the connection state across all servers that own slots.</summary>
    public RedisState State
    {
        get
        {
            lock (_gate)
            {
                var up = _owning.Count(_open.ContainsKey);
                return up == 0 ? RedisState.Unavailable : up == _owning.Count ? RedisState.Connected : RedisState.Partial;
            }
        }
    }

    /// <summary>Gets the clock reading since which all servers have been connected without a break; null while one is not.</summary>
    public long? UpSince
    {
        get
        {
            lock (_gate)
            {
                return _owning.Count > 0 && _owning.All(_open.ContainsKey) ? _owning.Max(shard => _open[shard].Since) : null;
            }
        }
    }

    /// <summary>Gets the number of connections since the start.</summary>
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

    /// <summary>Gets the open connections, one to each server.</summary>
    public IReadOnlyList<RespConnection> Open
    {
        get
        {
            lock (_gate)
            {
                return [.. _shards.Values.Select(ConnectionCore).OfType<RespConnection>()];
            }
        }
    }

    /// <summary>Returns the slot of a key; 0 for a Redis without slots.</summary>
    public int SlotOf(ReadOnlySpan<byte> key) => IsCluster ? HashSlot.Of(key) : 0;

    /// <summary>Returns the owner of a slot.</summary>
    public SlotOwner OwnerOf(int slot)
    {
        lock (_gate)
        {
            return SlotOwnerCore(slot);
        }
    }

    /// <summary>Returns the owner of a slot, or no owner if Redis has turned into a cluster, or back, since the caller looked.</summary>
    public SlotOwner OwnerOf(int slot, bool isCluster)
    {
        lock (_gate)
        {
            return isCluster == _isCluster ? SlotOwnerCore(slot) : default;
        }
    }

    /// <summary>Returns a server that is connected: the given one, or any other.</summary>
    public SlotOwner FindOpen(RedisShard? preferred)
    {
        lock (_gate)
        {
            var shard = preferred is not null && _open.ContainsKey(preferred) ? preferred : _shards.Values.FirstOrDefault(_open.ContainsKey);
            return new SlotOwner(shard, ConnectionCore(shard));
        }
    }

    /// <summary>Connects to the configured server; it and others are kept connected until the host stops.</summary>
    public void Start(CancellationToken stopping)
    {
        lock (_gate)
        {
            _stopping = stopping;
            _owning = [ShardCore(configured)];
        }
    }

    /// <summary>Completes when all connections have ended.</summary>
    public async Task EndedAsync()
    {
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running);
        lock (_gate)
        {
            foreach (var shard in _shards.Values)
            {
                shard.Dispose();
            }
        }
    }

    /// <summary>Records a new connection and the server's view of the cluster.</summary>
    /// <returns>The slots that have another owner than before.</returns>
    public IReadOnlyList<int> Connected(RedisShard shard, RespConnection connection, RedisTopology topology)
    {
        lock (_gate)
        {
            _open[shard] = (connection, time.GetTimestamp());
            _connections++;
            var moved = AdoptCore(topology, shard);
            _reached.TrySetResult();
            return moved;
        }
    }

    /// <summary>Records that a server's connection is lost.</summary>
    /// <returns>The connection; null if there was none.</returns>
    public RespConnection? Disconnected(RedisShard shard)
    {
        lock (_gate)
        {
            if (!_open.Remove(shard, out var lost))
            {
                return null;
            }

            Doubt(shard);
            return lost.Connection;
        }
    }

    /// <summary>Takes over a server's view of the cluster.</summary>
    /// <returns>The slots that have another owner than before.</returns>
    public IReadOnlyList<int> Adopt(RedisTopology topology, RedisShard teller)
    {
        lock (_gate)
        {
            return AdoptCore(topology, teller);
        }
    }

    /// <summary>Follows a redirection that a server has answered for a slot.</summary>
    /// <returns>True if the slot has another owner now.</returns>
    public bool Follow(int slot, RedisShard teller, RedisRedirection redirection)
    {
        lock (_gate)
        {
            return FollowCore(slot, teller, redirection);
        }
    }

    /// <summary>Follows a redirection of a command about one key.</summary>
    public KeyRedirection FollowForKey(int slot, RedisShard teller, RedisRedirection redirection)
    {
        lock (_gate)
        {
            var hasMoved = false;
            if (redirection is { Kind: RedisRedirection.Ask, Server: { } server })
            {
                if (ConnectionCore(ShardCore(server)) is { } ahead)
                {
                    return new KeyRedirection(ahead, HasMoved: false, HasNext: true);
                }
            }
            else
            {
                hasMoved = FollowCore(slot, teller, redirection);
            }

            var owner = SlotOwnerCore(slot);
            return new KeyRedirection(null, hasMoved, owner.Shard != teller && owner.Connection is not null);
        }
    }

    /// <summary>Asks for the cluster's topology to be read again, from this server if it is connected. Does not wait.</summary>
    public void Doubt(RedisShard shard) => _doubts.Writer.TryWrite(shard);

    private RedisShard? OwnerCore(int slot) => _isCluster ? _owners[slot] : _shards.GetValueOrDefault(configured);

    private RespConnection? ConnectionCore(RedisShard? shard) => shard is not null && _open.TryGetValue(shard, out var open) ? open.Connection : null;

    private SlotOwner SlotOwnerCore(int slot)
    {
        var shard = OwnerCore(slot);
        return new SlotOwner(shard, ConnectionCore(shard));
    }

    private RedisShard ShardCore(RedisEndpoint endpoint)
    {
        if (!_shards.TryGetValue(endpoint, out var shard))
        {
            shard = _shards[endpoint] = createShard(endpoint);
            _running.Add(Task.Run(() => shard.RunAsync(_stopping), CancellationToken.None));
        }

        return shard;
    }

    private bool FollowCore(int slot, RedisShard teller, RedisRedirection redirection)
    {
        // A server that does not own the slot any more may answer with an old state.
        if (OwnerCore(slot) != teller)
        {
            return false;
        }

        if (redirection is not { Kind: RedisRedirection.Moved, Server: { } server })
        {
            Doubt(teller);
            return false;
        }

        var owner = ShardCore(server);
        var hasMoved = _owners[slot] != owner;
        _owners[slot] = owner;
        NoteOwningCore();
        Doubt(owner);
        return hasMoved;
    }

    // A server's view of a slot of two others, of which the known owner is connected, may be old and is not taken over.
    private List<int> AdoptCore(RedisTopology topology, RedisShard teller)
    {
        if (topology.IsCluster != _isCluster)
        {
            Array.Clear(_owners);
            _isCluster = topology.IsCluster;
        }

        List<int> moved = [];
        for (var slot = 0; slot < HashSlot.Count && topology.IsCluster; slot++)
        {
            var told = topology.OwnerOf(slot) is { } endpoint ? ShardCore(endpoint) : null;
            if (_owners[slot] != told
                && (_owners[slot] is not { } known || known == teller || told == teller || !_open.ContainsKey(known)))
            {
                _owners[slot] = told;
                moved.Add(slot);
            }
        }

        NoteOwningCore();
        foreach (var shard in _shards.Values.Where(shard => shard.Endpoint != configured && !_owning.Contains(shard) && shard != teller).ToList())
        {
            _shards.Remove(shard.Endpoint);
            shard.Retire();
        }

        return moved;
    }

    private void NoteOwningCore() => _owning = _isCluster ? [.. _owners.OfType<RedisShard>().Distinct()] : [ShardCore(configured)];
}
