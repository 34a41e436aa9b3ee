using System.Collections.Concurrent;
using System.Text.Json;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Admin.Live;

/// <summary>Keeps the watches of this node's viewers: announces them to the other nodes regularly and receives the events that those send.</summary>
internal sealed class LocalWatches(LiveTrace trace, IBackplane backplane, ThisNode node, TimeProvider time) : INodeRequest<GatewayEventsOperation>
{
    /// <summary>The interval between announcements of a watch to the other nodes.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, ViewerSink> _watches = new(StringComparer.Ordinal);

    /// <summary>Starts a watch on all nodes.</summary>
    /// <returns>The number of nodes that watch.</returns>
    public async ValueTask<int> StartAsync(string id, ViewerSink sink, CancellationToken cancelled)
    {
        _watches[id] = sink;
        trace.Add(sink);
        backplane.Joined(HubName.Gateway, TargetKind.Group, node.Id.Value);
        if (backplane.IsAlone)
        {
            return 1;
        }

        try
        {
            await backplane.SettledAsync();
            return 1 + (await backplane.AskAsync(HubName.Gateway, Target.All(), Announcement(id, sink.Filter), AnswerTimeout, cancelled)).Count;
        }
        catch (BackplaneUnavailableException)
        {
            // The other nodes learn of the watch when it is renewed.
            return 1;
        }
    }

    /// <summary>Announces again that the viewer is connected.</summary>
    public ValueTask RenewAsync(string id, ViewerSink sink) => TellAsync(id, sink.Filter);

    /// <summary>Stops the watch. Call it once, also when <see cref="StartAsync"/> failed.</summary>
    public async ValueTask StopAsync(string id, ViewerSink sink)
    {
        if (_watches.TryRemove(id, out _))
        {
            trace.Remove(sink);
            backplane.Left(HubName.Gateway, TargetKind.Group, node.Id.Value);
            await TellAsync(id, null);
        }
    }

    public ValueTask<byte[]> AnswerAsync(BackplaneMessage message, GatewayEventsOperation operation)
    {
        if (_watches.TryGetValue(operation.Watch, out var sink)
            && JsonSerializer.Deserialize(operation.Events.Span, LiveTraceJson.Default.LiveTraceBatch) is { } batch)
        {
            sink.Omit(batch.Omitted);
            foreach (var traced in batch.Events)
            {
                sink.Take(traced);
            }
        }

        return ValueTask.FromResult(RemoteAnswer.Of(isSo: true));
    }

    private async ValueTask TellAsync(string id, LiveTraceFilter? filter)
    {
        // While Redis is unreachable, only clients' messages may queue for it.
        if (!backplane.IsAlone && backplane.Status.IsOpen)
        {
            await backplane.TellAsync(HubName.Gateway, Target.All(), Announcement(id, filter)).AsTask().WaitAsync(AnswerTimeout, time)
                .ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private static byte[] Announcement(string id, LiveTraceFilter? filter) => new GatewayWatchOperation(
        id, filter is null ? default(ReadOnlyMemory<byte>) : JsonSerializer.SerializeToUtf8Bytes(filter, LiveTraceJson.Default.LiveTraceFilter)).Encode();
}
