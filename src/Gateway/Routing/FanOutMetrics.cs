using System.Diagnostics.Metrics;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Routing;

/// <summary>Records the number of receivers that messages have on this node.</summary>
internal static class FanOutMetrics
{
    private static readonly Histogram<int> Receivers = GatewayMeter.Instance.CreateHistogram(
        GatewayMeter.FanOutReceivers,
        "{connection}",
        "Connections of this node that are receivers of a message to a hub, group or user",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000] });

    private static readonly Counter<long> Refusals = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.FanOutRefused, "{message}", "Messages that were refused because too many fan-outs are in progress");

    /// <summary>Records a message to a set of members.</summary>
    public static void Sent(TargetKind kind, int receivers) => Receivers.Record(receivers, GatewayMeter.Tag("target", NameOf(kind)));

    /// <summary>Counts a message that was refused because the node is behind.</summary>
    public static void Refused(TargetKind kind) => Refusals.Add(1, GatewayMeter.Tag("target", NameOf(kind)));

    /// <summary>Returns the word for a target's kind, in metrics and spans.</summary>
    public static string NameOf(TargetKind kind) => kind switch
    {
        TargetKind.All => "hub",
        TargetKind.Group => "group",
        TargetKind.User => "user",
        _ => "connection",
    };
}
