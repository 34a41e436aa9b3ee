using System.Collections.Concurrent;
using System.Text.Json;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Admin.Live;

/// <summary>
/// Keeps the watches that other nodes' viewers have on this node. A watch that its node does not renew expires, as that node may have ended.
/// </summary>
internal sealed class RemoteWatches(LiveTrace trace, IBackplane backplane, TimeProvider time) : INodeRequest<GatewayWatchOperation>
{
    /// <summary>The time after which a watch that is not renewed expires.</summary>
    public static readonly TimeSpan Lease = LocalWatches.RenewEvery * 3 + TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Node, string Id), Watch> _watches = new();

    /// <summary>The number of watches.</summary>
    public int Count => _watches.Count;

    // Announcements come in order or as requests beside that order; so the first of either kind may start the watch.
    public ValueTask<byte[]> AnswerAsync(BackplaneMessage message, GatewayWatchOperation operation)
    {
        var key = (message.Sender, operation.Watch);
        if (operation.Filter.IsEmpty)
        {
            if (_watches.TryRemove(key, out var ended))
            {
                trace.Remove(ended.Sink);
            }
        }
        else if (_watches.TryGetValue(key, out var known))
        {
            known.HeardAt = time.GetTimestamp();
        }
        else if (JsonSerializer.Deserialize(operation.Filter.Span, LiveTraceJson.Default.LiveTraceFilter) is { } filter)
        {
            var watch = new Watch(new ViewerSink(filter)) { HeardAt = time.GetTimestamp() };
            if (_watches.TryAdd(key, watch))
            {
                trace.Add(watch.Sink);
                _ = SendAsync(key, watch);
            }
        }

        return ValueTask.FromResult(RemoteAnswer.Of(isSo: true));
    }

    // Sends until the watch ends. Does not throw.
    private async Task SendAsync((string Node, string Id) key, Watch watch)
    {
        using var timer = new PeriodicTimer(ViewerSink.Tick, time);
        while (await timer.WaitForNextTickAsync(CancellationToken.None) && _watches.TryGetValue(key, out var current) && current == watch)
        {
            if (time.GetElapsedTime(watch.HeardAt) > Lease)
            {
                _watches.TryRemove(KeyValuePair.Create(key, watch));
                trace.Remove(watch.Sink);
                return;
            }

            if (watch.Sink.TryTake() is { } batch && !await TrySendAsync(key, batch))
            {
                watch.Sink.Omit(batch.Events.Count + batch.Omitted);
            }
        }
    }

    private async ValueTask<bool> TrySendAsync((string Node, string Id) key, LiveTraceBatch batch)
    {
        // While Redis is unreachable, only clients' messages may queue for it.
        if (!backplane.Status.IsOpen)
        {
            return false;
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(batch, LiveTraceJson.Default.LiveTraceBatch);
        try
        {
            var told = await backplane.TellAsync(
                HubName.Gateway, Target.Group(key.Node), new GatewayEventsOperation(key.Id, bytes).Encode());
            return told.IsSent;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return false;
        }
    }

    private sealed class Watch(ViewerSink sink)
    {
        private long _heardAt;

        public ViewerSink Sink { get; } = sink;

        public long HeardAt { get => Volatile.Read(ref _heardAt); set => Volatile.Write(ref _heardAt, value); }
    }
}
