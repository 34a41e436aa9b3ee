using System.Text.Json;
using Serverless.Gateway.Dispatch.InProcess;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Admin.Live;

/// <summary>Streams the live trace of all nodes in batches: <c>watch(filter)</c>. The first item is empty and shows that all nodes watch.</summary>
internal sealed class WatchMethod(LocalWatches watches, TimeProvider time) : IGatewayMethod
{
    public string Name => "watch";

    public async ValueTask RunAsync(GatewayCall call, CancellationToken cancelled)
    {
        var sink = new ViewerSink(WatchArguments.Read(call.Argument(JsonValueKind.Object)));
        var id = $"{call.ConnectionId}.{call.Id}";
        try
        {
            var nodes = await watches.StartAsync(id, sink, cancelled);
            await call.SendAsync(Encode(new LiveTraceBatch([], 0, 1) { Nodes = nodes }));
            using var timer = new PeriodicTimer(ViewerSink.Tick, time);
            var renewed = time.GetTimestamp();
            while (await timer.WaitForNextTickAsync(cancelled))
            {
                if (sink.TryTake() is { } batch)
                {
                    // Waits for a viewer that is behind; events that occur meanwhile are sampled and counted.
                    await call.SendAsync(Encode(batch));
                }

                if (time.GetElapsedTime(renewed) >= LocalWatches.RenewEvery)
                {
                    renewed = time.GetTimestamp();
                    await watches.RenewAsync(id, sink);
                }
            }
        }
        finally
        {
            await watches.StopAsync(id, sink);
        }
    }

    private static byte[] Encode(LiveTraceBatch batch) => JsonSerializer.SerializeToUtf8Bytes(batch, LiveTraceJson.Default.LiveTraceBatch);
}
