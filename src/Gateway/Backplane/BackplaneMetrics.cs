using System.Diagnostics.Metrics;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Backplane;

/// <summary>How the way to the other nodes is.</summary>
internal sealed class BackplaneMetrics
{
    private static readonly Histogram<double> Duration = GatewayMeter.Instance.CreateHistogram(
        GatewayMeter.BackplaneDuration, "s", "Time that Redis takes to answer", advice: GatewayMeter.Seconds);

    private static readonly Counter<long> Losses = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.BackplaneLosses, "{loss}", "Times that messages of other nodes were lost to this node, or may have been");

    private static readonly Counter<long> Unconfirmed = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.BackplaneUnconfirmed, "{message}", "Messages that had waited for Redis, and under which it went away as they were sent");

    private static readonly Counter<long> Refusals = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.BackplaneRefused, "{message}", "Messages over Redis that no node of this deployment has signed, and that were dropped");

    public BackplaneMetrics(bool isAlone, Func<bool> isUp, Func<long> bytesWaiting)
    {
        if (isAlone)
        {
            return;
        }

        GatewayMeter.Instance.CreateObservableGauge(
            GatewayMeter.BackplaneUp, () => isUp() ? 1 : 0, "1", "1 while Redis is there, 0 while it is away");
        GatewayMeter.Instance.CreateObservableGauge(
            GatewayMeter.BackplaneWaiting, bytesWaiting, "By", "Bytes of messages that wait for Redis to come back");
    }

    /// <summary>Redis has answered.</summary>
    public static void Answered(string operation, TimeSpan taken) =>
        Duration.Record(taken.TotalSeconds, GatewayMeter.Tag("operation", operation));

    /// <summary>Messages of other nodes were lost to this node, or may have been.</summary>
    public static void Lost(string reason) => Losses.Add(1, GatewayMeter.Tag("reason", reason));

    /// <summary>A message was dropped for its signature.</summary>
    public static void Refused(string reason) => Refusals.Add(1, GatewayMeter.Tag("reason", reason));

    /// <summary>Nobody knows whether other nodes have heard them.</summary>
    public static void LeftUnconfirmed(int messages) => Unconfirmed.Add(messages);
}
