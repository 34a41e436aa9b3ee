using System.Diagnostics.Metrics;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Routing;

/// <summary>How many receivers of this node messages have.</summary>
internal static class FanOutMetrics
{
    private static readonly Histogram<int> Receivers = GatewayMeter.Instance.CreateHistogram(
        GatewayMeter.FanOutReceivers,
        "{connection}",
        "Connections of this node that a message to a hub, group or user is for",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000] });

    private static readonly Counter<long> Refusals = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.FanOutRefused, "{message}", "Messages that were refused because too many fan-outs are on their way");

    /// <summary>A message goes to a set of members.</summary>
    public static void Sent(TargetKind kind, int receivers) => Receivers.Record(receivers, GatewayMeter.Tag("target", NameOf(kind)));

    /// <summary>A message was refused because the node is behind.</summary>
    public static void Refused(TargetKind kind) => Refusals.Add(1, GatewayMeter.Tag("target", NameOf(kind)));

    /// <summary>The word for a target's kind, in metrics and spans.</summary>
    public static string NameOf(TargetKind kind) => kind switch
    {
        TargetKind.All => "hub",
        TargetKind.Group => "group",
        TargetKind.User => "user",
        _ => "connection",
    };
}
