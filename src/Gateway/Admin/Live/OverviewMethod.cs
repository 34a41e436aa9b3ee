using System.Text.Json;
using Serverless.Gateway.Dispatch.InProcess;

namespace Serverless.Gateway.Admin.Live;

/// <summary>Sends an <see cref="Overview"/> each second: <c>overview()</c>.</summary>
internal sealed class OverviewMethod(NodeReader reader, TimeProvider time) : IGatewayMethod
{
    // The number of items that latencies cover.
    private const int Window = 10;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public string Name => "overview";

    public async ValueTask RunAsync(GatewayCall call, CancellationToken cancelled)
    {
        var latencies = new Queue<IReadOnlyDictionary<int, long[]>>();
        AllReadings? before = null;
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            var now = await reader.ReadAllAsync(cancelled);
            latencies.Enqueue(Difference(now, before));
            if (latencies.Count > Window)
            {
                latencies.Dequeue();
            }

            var seconds = before is null ? 0 : (now.Time - before.Time).TotalSeconds;
            await call.SendAsync(JsonSerializer.SerializeToUtf8Bytes(Overview.Of(now, before, seconds, Sum(latencies)), LiveJson.Default.Overview));
            before = now;
        }
        while (await timer.WaitForNextTickAsync(cancelled));
    }

    // Each node's increase since the previous reading, by template. The first reading is left out, as its counts are since the node's start.
    private static Dictionary<int, long[]> Difference(AllReadings now, AllReadings? before)
    {
        var more = new Dictionary<int, long[]>();
        foreach (var node in now.Nodes)
        {
            if (before?.Nodes.FirstOrDefault(one => one.Node == node.Node) is not { } earlier)
            {
                continue;
            }

            foreach (var template in node.Templates)
            {
                var old = earlier.Templates.FirstOrDefault(one => one.Template == template.Template)?.Buckets;
                Add(more, template.Template, [.. template.Buckets.Select((count, i) => count - (old?.ElementAtOrDefault(i) ?? 0))]);
            }
        }

        return more;
    }

    private static Dictionary<int, long[]> Sum(IEnumerable<IReadOnlyDictionary<int, long[]>> items)
    {
        var sum = new Dictionary<int, long[]>();
        foreach (var (template, buckets) in items.SelectMany(item => item))
        {
            Add(sum, template, buckets);
        }

        return sum;
    }

    private static void Add(Dictionary<int, long[]> sum, int template, long[] buckets)
    {
        if (!sum.TryAdd(template, buckets))
        {
            sum[template] = [.. sum[template].Zip(buckets, static (one, other) => one + other)];
        }
    }
}
