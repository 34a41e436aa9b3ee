using System.Collections.Concurrent;
using System.Text.Json;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Observability.Tracing;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Admin.Live;

/// <summary>What other nodes' viewers watch here. A viewer that its node has not spoken of for a while is forgotten, as its node may be gone.</summary>
internal sealed class RemoteWatches(LiveTrace trace, IBackplane backplane, TimeProvider time) : INodeRequest<GatewayWatchOperation>
{
    /// <summary>How long a viewer is believed in.</summary>
    public static readonly TimeSpan Lease = LocalWatches.RenewEvery * 3 + TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Node, string Id), Watch> _watches = new();

    /// <summary>How many there are.</summary>
    public int Count => _watches.Count;

    // Told in order, or asked beside them; so the first of both may make it.
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
        else if (JsonSerializer.Deserialize(operation.Filter.Span, TraceJson.Default.TraceFilter) is { } filter)
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

    // Until it is forgotten. Throws nothing.
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

    private async ValueTask<bool> TrySendAsync((string Node, string Id) key, TraceBatch batch)
    {
        // What waits for Redis is for clients' messages.
        if (!backplane.Status.IsOpen)
        {
            return false;
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(batch, TraceJson.Default.TraceBatch);
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
