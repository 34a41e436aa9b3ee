using System.Threading.Channels;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;

namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>Which server has what. All that is not async is under the lock.</summary>
internal sealed partial class RedisLink
{
    private const int MostRedirections = 5;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LeastLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RedirectionPause = TimeSpan.FromMilliseconds(100);

    private readonly RedisEndpoint _configured;
    private readonly Dictionary<RedisEndpoint, RedisShard> _shards = [];
    private readonly RedisShard?[] _owners = new RedisShard?[HashSlot.Count];
    private readonly Channel<RedisShard> _whom =
        Channel.CreateBounded<RedisShard>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    // The servers that have slots; the only one where there are none.
    private IReadOnlyList<RedisShard> _owning = [];
    private readonly List<Task> _running = [];
    private CancellationToken _stopping;
    private volatile bool _isCluster;

    /// <summary>Whether Redis has slots, as far as is known yet.</summary>
    public bool IsCluster => _isCluster;

    /// <summary>Keeps the connections until the host stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        lock (_gate)
        {
            _stopping = stopping;
            _owning = [ShardAt(_configured)];
        }

        await LookAsync(stopping);
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

    /// <summary>A server is there: its lanes listen anew and send what waited. Ends when it has confirmed that.</summary>
    public Task UpAsync(RedisShard shard, RespConnection connection, RedisTopology topology)
    {
        lock (_gate)
        {
            shard.Connection = connection;
            shard.UpSince = _time.GetTimestamp();
            _connections++;
            Adopt(topology, shard);
            _reached.TrySetResult();
            var listening = new List<Task>();
            foreach (var lane in _lanes.Values.Where(lane => OwnerOf(lane.Slot) == shard).ToList())
            {
                Attach(lane);
                listening.Add(lane.Listening);
            }

            return Task.WhenAll(listening);
        }
    }

    /// <summary>A server is away.</summary>
    public void Down(RedisShard shard)
    {
        lock (_gate)
        {
            if (shard.Connection is not { } connection)
            {
                return;
            }

            shard.Connection = null;
            foreach (var lane in _lanes.Values.Where(lane => lane.Connection == connection))
            {
                lane.Connection = null;
            }

            AskWhere(shard);
        }
    }

    private int SlotOf(ReadOnlySpan<byte> key) => IsCluster ? HashSlot.Of(key) : 0;

    private RedisShard? OwnerOf(int slot) => IsCluster ? _owners[slot] : _shards.GetValueOrDefault(_configured);

    private RedisShard ShardAt(RedisEndpoint endpoint)
    {
        if (!_shards.TryGetValue(endpoint, out var shard))
        {
            shard = _shards[endpoint] = new RedisShard(endpoint, _address, _node, new RedisLogin(_address, _identity), this, _time, _logger);
            _running.Add(Task.Run(() => shard.RunAsync(_stopping), CancellationToken.None));
        }

        return shard;
    }

    /// <summary>Does what a server says that has not done a command because its slot is not there.</summary>
    private void Follow(int slot, RedisShard teller, RedisRedirection redirection)
    {
        // One that is not asked any more may say what was long ago.
        if (OwnerOf(slot) != teller)
        {
            return;
        }

        if (redirection is { Kind: RedisRedirection.Moved, Server: { } server })
        {
            var owner = ShardAt(server);
            SetOwner(slot, owner);
            NoteOwning();
            AskWhere(owner);
        }
        else
        {
            AskWhere(teller);
        }
    }

    // Returns the server that has the key already, if this one key is to be asked for there.
    private async Task<RespConnection?> FollowAsync(int slot, RedisShard teller, RedisRedirection redirection)
    {
        RespConnection? next;
        lock (_gate)
        {
            if (redirection is { Kind: RedisRedirection.Ask, Server: { } server })
            {
                if (ShardAt(server).Connection is { } ahead)
                {
                    return ahead;
                }
            }
            else
            {
                Follow(slot, teller, redirection);
            }

            next = OwnerOf(slot) is { } owner && owner != teller ? owner.Connection : null;
        }

        if (next is null)
        {
            await Task.Delay(RedirectionPause, _time);
        }

        return null;
    }

    private void SetOwner(int slot, RedisShard? owner)
    {
        if (_owners[slot] == owner)
        {
            return;
        }

        _owners[slot] = owner;
        if (_lanes.TryGetValue(slot, out var lane))
        {
            TellOfMove();
            if (lane.Connection is { } old)
            {
                // Its server may not know yet that it has lost the slot.
                foreach (var some in lane.Channels.Chunk(ChannelsPerCommand))
                {
                    _ = IgnoreAsync(old.SubscribeAsync([UnsubscribeCommand, .. some.Select(RespConnection.Part)]));
                }

                Detach(lane, MoveHold);
            }

            Attach(lane);
        }

        static async Task IgnoreAsync(Task left)
        {
            try
            {
                await left;
            }
            catch (Exception exception) when (RedisShard.IsFailure(exception))
            {
                // It is left in either case.
            }
        }
    }

    // Takes a server's view. What it says about two others, of which one is at work, may be old.
    private void Adopt(RedisTopology topology, RedisShard teller)
    {
        if (topology.IsCluster != IsCluster)
        {
            Regroup(topology.IsCluster);
        }

        if (topology.IsCluster)
        {
            for (var slot = 0; slot < HashSlot.Count; slot++)
            {
                var told = topology.OwnerOf(slot) is { } endpoint ? ShardAt(endpoint) : null;
                if (_owners[slot] is not { } known || known == teller || told == teller || known.Connection is null)
                {
                    Move(slot, told);
                }
            }
        }

        NoteOwning();
        foreach (var shard in _shards.Values.Where(shard => shard.Endpoint != _configured && !_owning.Contains(shard) && shard != teller).ToList())
        {
            _shards.Remove(shard.Endpoint);
            shard.Retire();
        }
    }

    private void Move(int slot, RedisShard? owner)
    {
        if (_owners[slot] != owner && _lanes.TryGetValue(slot, out var lane))
        {
            // Known to be elsewhere now: no reason to wait.
            lane.SentAway = 0;
        }

        SetOwner(slot, owner);
    }

    // From one lane to one for each slot, or back: the first server has told what Redis is.
    private void Regroup(bool isCluster)
    {
        var waiting = _lanes.Values.SelectMany(lane => lane.TakeWaiting()).ToList();
        foreach (var lane in _lanes.Values)
        {
            lane.Channels.Clear();
        }

        _lanes.Clear();
        Array.Clear(_owners);
        _isCluster = isCluster;
        foreach (var channel in _subscribed.Keys)
        {
            LaneOf(channel).Channels.Add(channel);
        }

        foreach (var message in waiting)
        {
            var lane = LaneOf(message.Channel);
            lane.Add(message with { Number = lane.NextNumber() });
        }
    }

    private void NoteOwning() => _owning = IsCluster ? [.. _owners.OfType<RedisShard>().Distinct()] : [ShardAt(_configured)];

    // Slots have moved, or a server is away: this one may know more, or if it is away any other.
    private void AskWhere(RedisShard shard) => _whom.Writer.TryWrite(shard);

    private async Task LookAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var pause = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                if (IsCluster && State != RedisState.Connected)
                {
                    pause.CancelAfter(LookAgain * (0.5 + Random.Shared.NextDouble()));
                }

                await _whom.Reader.WaitToReadAsync(pause.Token);
            }
            catch (OperationCanceledException)
            {
                // Stopping, or time to look again.
            }

            _whom.Reader.TryRead(out var shard);
            if (IsCluster && !stopping.IsCancellationRequested)
            {
                await LookOnceAsync(shard);

                // While servers disagree, they would send this node to and fro.
                await Task.Delay(LeastLook, _time, CancellationToken.None);
            }
        }
    }

    private async Task LookOnceAsync(RedisShard? whom)
    {
        RespConnection? connection;
        lock (_gate)
        {
            whom = whom?.Connection is not null ? whom : _shards.Values.FirstOrDefault(shard => shard.Connection is not null);
            connection = whom?.Connection;
        }

        if (connection is null)
        {
            return;
        }

        try
        {
            var topology = await RedisTopology.AskAsync(connection, whom!.Endpoint, hello: null).WaitAsync(LongestLook);
            lock (_gate)
            {
                Adopt(topology, whom);
            }
        }
        catch (Exception exception) when (RedisShard.IsFailure(exception))
        {
            // It is looked again.
        }
    }
}
