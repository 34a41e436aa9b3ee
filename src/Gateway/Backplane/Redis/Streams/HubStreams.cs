using System.Collections.Concurrent;
using System.Globalization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Signing;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>
/// Keeps a stream for each hub, through which messages for clients reach the other nodes even if connections break: nodes with delivery at
/// least once write it, and every node that has connections of the hub reads it. Safe for many threads.
/// </summary>
/// <remarks>
/// <c>sg:{hub}:s</c> is the stream, <c>sg:{hub}:w</c> the channel that wakes its readers. No command blocks in Redis: readers also read after
/// each new connection and every few seconds, in case a wake-up is lost.
/// </remarks>
internal sealed partial class HubStreams(
    NodeId node,
    IStreamRedis redis,
    BackplaneSigner signer,
    RefusedMessages refused,
    RedisRefusals refusals,
    BackplaneInbox inbox,
    BackplaneLosses losses,
    StreamOptions options,
    TimeSpan nodeTimeout,
    TimeProvider time,
    ILogger<HubStreams> logger)
{
    private static readonly TimeSpan MaxSettling = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, HubStreamWriter> _writers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HubStreamReader> _readers = new(StringComparer.Ordinal);
    private readonly UnwrittenBytes _waiting = new(options.QueueBytes);
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly Dictionary<string, int> _connections = new(StringComparer.Ordinal);
    private Task _started = Task.CompletedTask;

    /// <summary>Gets the bytes of messages that Redis has not taken yet.</summary>
    public long BytesWaiting => _waiting.Count;

    /// <summary>Sends a message for clients of the hub.</summary>
    public ValueTask<WriteEnd> WriteAsync(HubName hub, Target target, ReadOnlyMemory<byte> payload) =>
        _writers.GetOrAdd(hub.Value, static (_, made) => made.self.NewWriter(made.hub), (self: this, hub)).WriteAsync(target, payload);

    /// <summary>
    /// Returns true when all readers of the hub have been woken for all entries so far; false while one may be cut off and get them later.
    /// </summary>
    public async ValueTask<bool> AreAllWokenAsync(HubName hub)
    {
        if (!_writers.TryGetValue(hub.Value, out var writer))
        {
            return true;
        }

        await writer.WokenAsync();
        return writer.Listeners.AreComplete;
    }

    /// <summary>Notes that a hub has one more connection here.</summary>
    public void Joined(HubName hub)
    {
        lock (_gate)
        {
            var count = _connections[hub.Value] = _connections.GetValueOrDefault(hub.Value) + 1;
            if (count == 1)
            {
                var reader = _readers.GetOrAdd(hub.Value, static (_, made) => made.self.NewReader(made.hub), (self: this, hub));
                reader.Begin();
                _started = _started.IsCompleted ? reader.Started : Task.WhenAll(_started, reader.Started);
            }
        }
    }

    /// <summary>Notes that a hub has one connection less here.</summary>
    /// <returns>True if it was the last one, and nodes write to the hub's stream.</returns>
    public bool Left(HubName hub)
    {
        lock (_gate)
        {
            var count = _connections.GetValueOrDefault(hub.Value);
            if (count > 1)
            {
                _connections[hub.Value] = count - 1;
            }
            else if (_connections.Remove(hub.Value))
            {
                var reader = _readers[hub.Value];
                reader.End();
                return reader.IsUsed;
            }

            return false;
        }
    }

    /// <summary>Notes that another node has stopped reading the hub's stream.</summary>
    public void ListenerLeft(HubName hub) => _writers.GetValueOrDefault(hub.Value ?? "")?.Listeners.Leave();

    /// <summary>Completes when all entries written from now on will be read, or Redis is unreachable.</summary>
    public ValueTask SettledAsync()
    {
        Task started;
        lock (_gate)
        {
            started = _started;
        }

        return started.IsCompleted ? default : new ValueTask(Task.WhenAny(started, Task.Delay(MaxSettling, time)));
    }

    /// <summary>Reads the hub's stream, because it may have new entries.</summary>
    public void Wake(HubName hub) => _readers.GetValueOrDefault(hub.Value ?? "")?.Wake();

    /// <summary>Runs an action when all entries that the hub's stream has now are in the inbox.</summary>
    /// <returns>False if this node does not read the stream, or no node is known to write it; the action is not run then.</returns>
    public bool TryDoBehind(HubName hub, bool isSureUsed, Action action) =>
        _readers.GetValueOrDefault(hub.Value ?? "") is { } reader && (isSureUsed || reader.IsUsed) && reader.TryDoBehind(action);

    /// <summary>Completes when all entries that the streams have now are in the inbox.</summary>
    public Task FenceAsync()
    {
        var passed = new List<Task>();
        foreach (var reader in _readers.Values)
        {
            var mark = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (reader.TryDoBehind(mark.SetResult))
            {
                passed.Add(mark.Task);
            }
        }

        return Task.WhenAll(passed);
    }

    /// <summary>Writes the hub's waiting messages, so that they precede the next message.</summary>
    public void Flush(HubName hub) => _writers.GetValueOrDefault(hub.Value ?? "")?.Flush();

    /// <summary>Writes what waits and reads what was missed, after a new connection or a moved slot.</summary>
    public void Resume()
    {
        foreach (var writer in _writers.Values)
        {
            writer.Listeners.Resume();
            writer.Flush();
        }

        foreach (var reader in _readers.Values)
        {
            reader.Wake();
        }
    }

    /// <summary>Completes when Redis has all messages, or the time is over.</summary>
    public async Task FlushedAsync(CancellationToken timeIsOver)
    {
        while (BytesWaiting > 0 && !timeIsOver.IsCancellationRequested)
        {
            await Task.Delay(LookAgain, time, CancellationToken.None);
        }

        if (BytesWaiting is > 0 and var bytes)
        {
            Log.LeftBehind(logger, bytes);
        }
    }

    /// <summary>Maintains the streams until the host stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(StreamTiming.Look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await LookAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private HubStreamWriter NewWriter(HubName hub) => new(hub, node, redis, signer, _waiting, options, new HubListeners(nodeTimeout, time), time, refusals.Note);

    private HubStreamReader NewReader(HubName hub) => new(
        hub, node, redis, signer, inbox, options, time, lost => losses.Missing(hub.Value, lost), refused.Note);

    private async Task LookAsync()
    {
        foreach (var reader in _readers.Values.Where(reader => reader.IsUsed))
        {
            reader.Wake();
        }

        foreach (var writer in _writers.Values)
        {
            writer.Flush();
            writer.Forget();
            if (writer.TakeUsed())
            {
                await BoundAsync(writer.Key);
            }
        }
    }

    // Redis itself bounds a stream by time or number of entries, not by bytes.
    private async Task BoundAsync(ReadOnlyMemory<byte> key)
    {
        try
        {
            if (redis.ConnectionFor(key) is { } connection
                && await redis.AskAsync(connection, key, Part("MEMORY"), Part("USAGE"), key) is { Kind: ':', Number: var bytes }
                && bytes > options.Bytes)
            {
                var length = (await redis.AskAsync(connection, key, Part("XLEN"), key)).Number;
                var kept = (long)((double)length * options.Bytes / bytes);
                await redis.AskAsync(connection, key, Part("XTRIM"), key, Part("MAXLEN"), Part("~"), Part(kept.ToString(CultureInfo.InvariantCulture)));
            }
        }
        catch (Exception exception) when (exception is RedisException or IOException)
        {
            // Not every service that is sold as Redis has these commands; the time bounds the stream as well.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Backplane + 26,
            LogLevel.Error,
            "This node stops while {Bytes} bytes of accepted messages wait for Redis; clients of other nodes do not get them.",
            EventName = "WaitingMessagesLost")]
        public static partial void LeftBehind(ILogger logger, long bytes);
    }
}
