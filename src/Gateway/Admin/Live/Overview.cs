using Serverless.Gateway.Upstream.Telemetry;


namespace Serverless.Gateway.Admin.Live;

/// <summary>The item of <c>overview</c>: all nodes together. Totals are since the nodes' starts, rates since the previous item.</summary>
internal sealed record Overview(
    DateTimeOffset Time,
    IReadOnlyList<OverviewNode> Nodes,
    IReadOnlyList<OverviewHub> Hubs,
    OverviewMessages Messages,
    UnitsReading? UnitsToday,
    DateTimeOffset? UnitsSince,
    IReadOnlyList<OverviewTemplate> Upstream,
    OverviewSlow SlowConsumers,
    long Viewers)
{
    /// <summary>Sums up the readings of all nodes, with rates since the previous readings.</summary>
    /// <param name="now">The current readings.</param>
    /// <param name="before">The previous readings; null for the first item.</param>
    /// <param name="seconds">The time between them.</param>
    /// <param name="window">Latencies by template of the last few items, including this one.</param>
    public static Overview Of(AllReadings now, AllReadings? before, double seconds, IReadOnlyDictionary<int, long[]> window)
    {
        var earlier = (before?.Nodes ?? []).ToDictionary(node => node.Node, StringComparer.Ordinal);
        double PerSecond(Func<NodeReading, long> read) => seconds <= 0
            ? 0
            : now.Nodes.Sum(node => earlier.TryGetValue(node.Node, out var old) ? Math.Max(0, read(node) - read(old)) : 0) / seconds;

        var hubs = now.Nodes.SelectMany(node => node.Hubs).GroupBy(hub => hub.Hub).Select(hub => new OverviewHub(
            hub.Key,
            hub.Sum(one => one.Clients),
            hub.Sum(one => one.Diagnostic),
            hub.Sum(one => one.Received),
            hub.Sum(one => one.Sent))).OrderBy(hub => hub.Hub, StringComparer.Ordinal);
        var templates = now.Nodes.SelectMany(node => node.Templates).GroupBy(template => template.Template).Select(template => new OverviewTemplate(
            template.Key,
            template.Sum(one => one.Calls),
            template.Sum(one => one.Errors),
            PerSecond(node => node.Templates.Where(one => one.Template == template.Key).Sum(one => one.Calls)),
            PerSecond(node => node.Templates.Where(one => one.Template == template.Key).Sum(one => one.Errors)),
            Quantile(window.GetValueOrDefault(template.Key), 0.5),
            Quantile(window.GetValueOrDefault(template.Key), 0.95),
            Quantile(window.GetValueOrDefault(template.Key), 0.99))).OrderBy(template => template.Template);
        return new Overview(
            now.Time,
            [.. now.Nodes.Select(node => new OverviewNode(
                node.Node, node.UptimeSeconds, node.LoadPercent, node.Hubs.Sum(hub => hub.Clients), node.Backplane))],
            [.. hubs],
            new OverviewMessages(
                now.Nodes.Sum(Received),
                now.Nodes.Sum(Sent),
                now.Nodes.Sum(node => node.Hubs.Sum(hub => hub.ToUpstreams)),
                PerSecond(Received),
                PerSecond(Sent),
                PerSecond(node => node.Hubs.Sum(hub => hub.BytesReceived)),
                PerSecond(node => node.Hubs.Sum(hub => hub.BytesSent))),
            now.Nodes.Any(node => node.UnitsToday is null)
                ? null
                : now.Nodes.Aggregate(now.UnitsOfGone, static (sum, node) => sum + node.UnitsToday!),
            now.Nodes.Min(static node => node.UnitsSince),
            [.. templates],
            new OverviewSlow(
                now.Nodes.Sum(node => node.Hubs.Sum(hub => hub.SlowClosed)), now.Nodes.Sum(node => node.Blocked), now.Nodes.Sum(node => node.BytesWaiting)),
            now.Nodes.Sum(node => node.Viewers));
    }

    /// <summary>
    /// Returns the bound of the bucket that holds a quantile, in milliseconds; null without calls, twice the last bound beyond it.
    /// </summary>
    public static double? Quantile(long[]? buckets, double quantile)
    {
        var left = (buckets?.Sum() ?? 0) * quantile;
        if (left <= 0)
        {
            return null;
        }

        for (var i = 0; i < UpstreamTotals.Bounds.Length; i++)
        {
            left -= buckets![i];
            if (left <= 0)
            {
                return UpstreamTotals.Bounds[i];
            }
        }

        return UpstreamTotals.Bounds[^1] * 2;
    }

    private static long Received(NodeReading node) => node.Hubs.Sum(static hub => hub.Received);

    private static long Sent(NodeReading node) => node.Hubs.Sum(static hub => hub.Sent);
}

internal sealed record OverviewNode(string Node, double UptimeSeconds, double LoadPercent, long Connections, string Backplane);

internal sealed record OverviewHub(string Hub, long Connections, long Diagnostic, long Received, long Sent);

internal sealed record OverviewMessages(
    long Received, long Sent, long ToUpstreams, double ReceivedPerSecond, double SentPerSecond, double BytesReceivedPerSecond, double BytesSentPerSecond);

internal sealed record OverviewTemplate(
    int Template, long Calls, long Errors, double CallsPerSecond, double ErrorsPerSecond, double? P50, double? P95, double? P99);

internal sealed record OverviewSlow(long Closed, int Blocked, long BytesWaiting);
