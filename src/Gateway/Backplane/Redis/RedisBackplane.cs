using System.Collections.Concurrent;
using System.Threading.Channels;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>
/// Nodes joined by Redis: publish and subscribe over one connection for each hub, so that everything a node says to a hub is heard in the
/// order in which it said it. Whom a message concerns is never looked up: who has such connections listens.
/// </summary>
internal sealed partial class RedisBackplane(NodeId node, RedisLink link, TimeProvider time, ILogger<RedisBackplane> logger) : IBackplane
{
    private static readonly TimeSpan LongestFence = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<long, PendingAsk> _asks = new();
    private readonly Channel<(BackplaneMessage? Message, TaskCompletionSource? Fence)> _inbox =
        Channel.CreateUnbounded<(BackplaneMessage? Message, TaskCompletionSource? Fence)>(new() { SingleReader = true });

    private long _lastRequest;

    public bool IsAlone => false;

    public string State => link.State.ToString();

    public Func<BackplaneMessage, ValueTask>? Receive { get; set; }

    public void Joined(HubName hub, TargetKind kind, string name) => link.Subscribe(RedisChannels.Here(hub, kind, name, node));

    public void Left(HubName hub, TargetKind kind, string name) => link.Unsubscribe(RedisChannels.Here(hub, kind, name, node));

    public ValueTask SettledAsync() => link.SettledAsync();

    public async ValueTask<Told> TellAsync(HubName hub, Target target, ReadOnlyMemory<byte> payload)
    {
        var message = new BackplaneMessage(BackplaneKind.Tell, node.Value, 0, hub, target, payload).Encode();

        // All on their way before any is waited for: what is told later comes later.
        var sent = true;
        long? others = 0;
        foreach (var one in RedisChannels.To(hub, target, node).Select(channel => link.PublishAsync(channel, message).AsTask()).ToList())
        {
            var told = await one;
            sent &= told.IsSent;
            others += told.Others;
        }

        return new Told(sent, others);
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
            var message = new BackplaneMessage(BackplaneKind.Ask, node.Value, request, hub, target, payload).Encode();
            var receivers = 0L;
            foreach (var one in RedisChannels.To(hub, target, node).Select(channel => link.CountOthersAsync(channel, message).AsTask()).ToList())
            {
                receivers += await one
                    ?? throw new BackplaneUnavailableException("Redis, through which the nodes reach each other, is away");
            }

            ask.Expect((int)receivers);

            // A node that died a moment ago, or is frozen, still counts and never answers.
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

    public void Reply(BackplaneMessage request, ReadOnlyMemory<byte> payload) => _ = link.PublishAsync(
        RedisChannels.Node(request.Sender),
        new BackplaneMessage(BackplaneKind.Reply, node.Value, request.Request, request.Hub, request.Target, payload).Encode()).AsTask();

    public async Task FenceAsync()
    {
        await link.FenceAsync();
        var fence = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _inbox.Writer.TryWrite((null, fence));
        try
        {
            await fence.Task.WaitAsync(LongestFence, time);
        }
        catch (TimeoutException)
        {
            // This node is far behind.
        }
    }

    public async ValueTask<bool> TryClaimAsync(string name, TimeSpan life) => await link.TryClaimAsync($"sg:claim:{name}", life);

    /// <summary>Takes a message as it comes from Redis; called in order.</summary>
    public void Take(byte[] bytes)
    {
        if (BackplaneMessage.Decode(bytes) is not { } message || message.Sender == node.Value)
        {
            return;
        }

        if (message.Kind != BackplaneKind.Reply)
        {
            _inbox.Writer.TryWrite((message, null));
        }
        else if (_asks.TryGetValue(message.Request, out var ask))
        {
            ask.Add(message.Payload);
        }
    }

    /// <summary>Keeps the connections and hands on what comes, until the host stops.</summary>
    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(link.RunAsync(stopping), HandOnAsync(stopping));

    private async Task HandOnAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (var (message, fence) in _inbox.Reader.ReadAllAsync(stopping))
            {
                fence?.TrySetResult();
                if (message is null)
                {
                    continue;
                }

                try
                {
                    await Receive!(message);
                }
                catch (Exception exception) when (exception is not OutOfMemoryException)
                {
                    // The others' messages must be heard whatever one does.
                    Log.ReceiveFailed(logger, exception, message.Sender);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Backplane + 4, LogLevel.Error, "A message of node {Node} could not be acted on.", EventName = "BackplaneMessageFailed")]
        public static partial void ReceiveFailed(ILogger logger, Exception exception, string node);
    }
}
