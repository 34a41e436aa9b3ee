using System.Collections.Concurrent;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Lanes;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Shards;
using Serverless.Gateway.Backplane.Redis.Streams;
using Serverless.Gateway.Backplane.Signing;

namespace Serverless.Gateway.Backplane.Redis.Messaging;

/// <summary>
/// Implements the backplane over Redis: publishes and subscribes over one connection for each hub, so that a node's messages to a hub arrive
/// in the order in which they were sent. Receivers are never looked up: a node subscribes to the targets that it has connections of. With
/// delivery at least once, messages for clients use the hubs' streams; every node reads the streams, so that nodes of either setting reach
/// each other.
/// </summary>
internal sealed partial class RedisBackplane(
    NodeId node,
    DeliveryGuarantee delivery,
    RedisLink link,
    HubStreams streams,
    RedisRefusals refusals,
    BackplaneInbox inbox,
    BackplaneLosses losses,
    BackplaneSigner signer,
    RefusedMessages refused,
    TimeProvider time,
    ILogger<RedisBackplane> logger) : IBackplane
{
    // The request number of a wake-up whose sender stops reading the stream.
    private const long Leaving = 1;

    // The request number of a wake-up whose sender is about to claim the connection id that is its target. An older version takes both for wake-ups.
    private const long Claiming = 2;

    private readonly ConcurrentDictionary<long, PendingAsk> _asks = new();
    private readonly ReceiverSearches _searches = new();
    private readonly AwayConnections _away = new();
    private readonly TokenClaims _claims = new(node, link, time);
    private long _lastRequest;

    // Used only by the thread that calls Take.
    private long _dropped;

    public bool IsAlone => false;

    public DeliveryGuarantee Delivery => delivery;

    public BackplaneStatus Status => new(
        link.State is var state and not RedisState.Connected ? state.ToString() : refusals.State ?? BackplaneStatus.Connected,
        link.BytesWaiting + streams.BytesWaiting,
        losses.Count);

    public Func<BackplaneMessage, ValueTask>? Receive { get; set; }

    public Action<ReceiverSearch>? Unreached { get; set; }

    public void Joined(HubName hub, TargetKind kind, string name)
    {
        link.Subscribe(link.Names.Here(hub, kind, name, node));
        if (kind == TargetKind.All)
        {
            // Before the first read, so that a wake-up arrives for every later entry.
            link.Subscribe(link.Names.StreamWake(hub));
            streams.Joined(hub);
        }
    }

    public void Left(HubName hub, TargetKind kind, string name)
    {
        link.Unsubscribe(link.Names.Here(hub, kind, name, node));
        if (kind == TargetKind.All)
        {
            link.Unsubscribe(link.Names.StreamWake(hub));
            if (streams.Left(hub))
            {
                // To all nodes, since a node without a client of the hub may write to it. An older version takes it for a wake-up.
                var everyNode = link.Names.Of(HubName.Gateway, TargetKind.All, "");
                var leaving = new BackplaneMessage(BackplaneKind.Wake, node.Value, Leaving, hub, Target.All(), default);
                _ = link.PublishAsync(everyNode, signer.Sign(leaving, everyNode)).AsTask();
            }
        }
    }

    public ValueTask SettledAsync()
    {
        var started = streams.SettledAsync();
        return started.IsCompletedSuccessfully ? link.SettledAsync() : new ValueTask(BothAsync(started));

        async Task BothAsync(ValueTask first)
        {
            await first;
            await link.SettledAsync();
        }
    }

    public async ValueTask<Told> TellAsync(HubName hub, Target target, ReadOnlyMemory<byte> payload)
    {
        var message = new BackplaneMessage(BackplaneKind.Tell, node.Value, 0, hub, target, payload);
        var (atHome, elsewhere) = await PublishAsync(message, message);
        return new Told(atHome.IsSent && elsewhere.IsSent);
    }

    public async ValueTask<Told> SeekAsync(ReceiverSearch search, ReadOnlyMemory<byte> payload, Task<bool>? isSent = null)
    {
        var id = search.Target.Kind == TargetKind.Connection ? search.Target.Name : "";
        var isAway = _away.Contains(id);

        // A node of an older version answers it like a question: the number must differ from those of all requests.
        var number = Interlocked.Increment(ref _lastRequest);
        _searches.Begin(number, search);
        var message = new BackplaneMessage(BackplaneKind.Seek, node.Value, number, search.Hub, search.Target, payload);

        // The home node of a connection that is on another node would deny having it each time.
        var (atHome, elsewhere) = await PublishAsync(message, isAway ? message with { Kind = BackplaneKind.Tell } : message);
        var told = new Told(atHome.IsSent && elsewhere.IsSent);
        if (!told.IsSent || atHome.Others is not { } here || elsewhere.Others is not { } there)
        {
            return told;
        }

        // A stream keeps the message for nodes that are cut off now.
        if (isSent is not null && !(await isSent && await streams.AreAllWokenAsync(search.Hub)))
        {
            return told;
        }

        if (isAway && there == 0)
        {
            _away.Remove(id);
            if (here > 0)
            {
                return told with { IsUnclear = true };
            }
        }

        if (here > 0 && there > 0)
        {
            _away.Add(id);
        }

        if (_searches.Expect(number, isAway ? there : here + there, out var ended))
        {
            Unreached?.Invoke(ended);
        }

        return told;
    }

    public async ValueTask SendSurelyAsync(HubName hub, Target target, ReadOnlyMemory<byte> payload)
    {
        switch (await streams.WriteAsync(hub, target, payload))
        {
            case WriteEnd.Refused:
                throw new BackplaneUnavailableException(
                    $"Redis, through which the nodes reach each other, refuses messages ({refusals.Reason ?? "it was full a moment ago"}). "
                    + "No client got this one; send it again");
            case WriteEnd.TooMuchWaits:
                throw new BackplaneUnavailableException(
                    "Redis, through which the nodes reach each other, is unreachable, and too many messages wait for it. No client got this message; send it again");
        }
    }

    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> AskAsync(
        HubName hub, Target target, ReadOnlyMemory<byte> payload, TimeSpan limit, CancellationToken cancelled) =>
        AskAsync(new PendingAsk(), hub, target, payload, limit, cancelled);

    public async ValueTask<ReadOnlyMemory<byte>?> AskOneAsync(
        HubName hub, Target target, ReadOnlyMemory<byte> payload, TimeSpan limit, CancellationToken cancelled)
    {
        var answers = await AskAsync(new PendingAsk(oneIsEnough: true), hub, target, payload, limit, cancelled);
        foreach (var answer in answers)
        {
            if (!answer.IsEmpty)
            {
                return answer;
            }
        }

        return null;
    }

    private async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> AskAsync(
        PendingAsk ask, HubName hub, Target target, ReadOnlyMemory<byte> payload, TimeSpan limit, CancellationToken cancelled)
    {
        var request = Interlocked.Increment(ref _lastRequest);
        _asks[request] = ask;
        try
        {
            var message = Sign(new BackplaneMessage(BackplaneKind.Ask, node.Value, request, hub, target, payload));
            streams.Flush(hub);
            var receivers = 0L;
            foreach (var one in link.Names.To(hub, target, node).Select(channel => link.CountOthersAsync(channel, message).AsTask()).ToList())
            {
                receivers += await one
                    ?? throw new BackplaneUnavailableException(
                        "Redis, through which the nodes reach each other, is unreachable. Clients of this node were served; call again");
            }

            ask.Expect((int)receivers);

            // A node that died a moment ago, or is frozen, still counts as a receiver and never answers.
            await ask.Complete.WaitAsync(limit, time, cancelled);
            return ask.Answers;
        }
        catch (TimeoutException)
        {
            return ask.Answers;
        }
        finally
        {
            _asks.TryRemove(request, out _);
        }
    }

    public void Reply(BackplaneMessage request, ReadOnlyMemory<byte> payload) => Answer(BackplaneKind.Reply, request, request.Target, payload);

    public void Deny(BackplaneMessage message, int reason)
    {
        if (message.Kind == BackplaneKind.Seek)
        {
            Answer(BackplaneKind.Denial, message, message.Target with { Excluded = [] }, new[] { (byte)reason });
        }
    }

    public async Task FenceAsync(TimeSpan limit)
    {
        try
        {
            await PassedAsync().WaitAsync(limit, time);
        }
        catch (TimeoutException)
        {
            // This node is far behind.
        }

        async Task PassedAsync()
        {
            await link.FenceAsync();
            if (link.State != RedisState.Unavailable)
            {
                await streams.FenceAsync();
            }

            await inbox.MarkAsync();
        }
    }

    public ValueTask<Claim> ClaimAsync(string connectionId, TimeSpan life) => _claims.ClaimAsync(
        connectionId,
        life,
        home => TellNode(home, new BackplaneMessage(BackplaneKind.Wake, node.Value, Claiming, HubName.Gateway, Target.Connection(connectionId), default)));

    /// <summary>Keeps the connections and handles messages until the host stops.</summary>
    public Task RunAsync(CancellationToken stopping) =>
        Task.WhenAll(link.RunAsync(stopping), inbox.RunAsync(ReceiveAsync, stopping), streams.RunAsync(stopping));

    /// <summary>Completes when Redis has all accepted messages, or the time is over.</summary>
    public Task FlushedAsync(CancellationToken timeIsOver) => streams.FlushedAsync(timeIsOver);

    /// <summary>Writes and reads what waits, over a new connection.</summary>
    /// <param name="downtime">The time without a connection to the server; null for the first connection.</param>
    public void Resume(TimeSpan? downtime)
    {
        if (downtime is { } time && delivery == DeliveryGuarantee.AtMostOnce)
        {
            losses.Cut(time);
        }

        FollowSlots();
    }

    /// <summary>Writes and reads what waits at the servers that own the slots now.</summary>
    public void FollowSlots()
    {
        streams.Resume();
        _claims.Resume();
    }

    /// <summary>Counts that messages for some hubs were missed while their slot moved.</summary>
    public void CountMissed()
    {
        if (delivery == DeliveryGuarantee.AtMostOnce)
        {
            losses.Moved();
        }
    }

    // Both are sent before either is awaited, so that later messages arrive later.
    private async ValueTask<(Published AtHome, Published Elsewhere)> PublishAsync(BackplaneMessage message, BackplaneMessage atHome)
    {
        var bytes = Sign(message);
        var home = link.Names.HomeOf(message.Hub, message.Target, node) is { } channel
            ? link.PublishAsync(channel, ReferenceEquals(atHome, message) ? bytes : Sign(atHome))
            : new ValueTask<Published>(new Published(true, 0));
        var elsewhere = link.PublishAsync(link.Names.Of(message.Hub, message.Target.Kind, message.Target.Name), bytes);
        return (await home, await elsewhere);
    }

    private void Answer(BackplaneKind kind, BackplaneMessage request, Target target, ReadOnlyMemory<byte> payload) =>
        TellNode(request.Sender, new BackplaneMessage(kind, node.Value, request.Request, request.Hub, target, payload));

    private void TellNode(string other, BackplaneMessage message)
    {
        var channel = link.Names.Node(other);
        _ = link.PublishAsync(channel, signer.Sign(message, channel)).AsTask();
    }

    // Signs a message for its target's own channel.
    private byte[] Sign(BackplaneMessage message) =>
        signer.Sign(message, link.Names.Of(message.Hub, message.Target.Kind, message.Target.Name));
}
