using System.Diagnostics.Metrics;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Backplane;

/// <summary>Records metrics of the connection to the other nodes.</summary>
internal sealed class BackplaneMetrics
{
    private static readonly Histogram<double> Duration = GatewayMeter.Instance.CreateHistogram(
        GatewayMeter.BackplaneDuration, "s", "Time that Redis takes to answer", advice: GatewayMeter.Seconds);

    private static readonly Counter<long> Losses = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.BackplaneLosses, "{loss}", "Times that messages of other nodes were lost to this node, or may have been");

    private static readonly Counter<long> Unconfirmed = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.BackplaneUnconfirmed, "{message}", "Messages that had waited for Redis, and whose connection broke before the answer");

    private static readonly Counter<long> Refusals = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.BackplaneRefused, "{message}", "Messages over Redis that were dropped because no node of this deployment has signed them");

    public BackplaneMetrics(bool isAlone, Func<bool> isUp, Func<long> bytesWaiting)
    {
        if (isAlone)
        {
            return;
        }

        GatewayMeter.Instance.CreateObservableGauge(
            GatewayMeter.BackplaneUp, () => isUp() ? 1 : 0, "1", "1 while Redis is reachable, 0 while it is not");
        GatewayMeter.Instance.CreateObservableGauge(
            GatewayMeter.BackplaneWaiting, bytesWaiting, "By", "Bytes of messages that wait for Redis");
    }

    /// <summary>Records the duration of an answer of Redis.</summary>
    public static void Answered(string operation, TimeSpan taken) =>
        Duration.Record(taken.TotalSeconds, GatewayMeter.Tag("operation", operation));

    /// <summary>Counts a loss of messages of other nodes, certain or possible.</summary>
    public static void Lost(string reason) => Losses.Add(1, GatewayMeter.Tag("reason", reason));

    /// <summary>Counts a message that was dropped because of its signature.</summary>
    public static void Refused(string reason) => Refusals.Add(1, GatewayMeter.Tag("reason", reason));

    /// <summary>Counts messages whose connection broke before the answer: other nodes may or may not have got them.</summary>
    public static void LeftUnconfirmed(int messages) => Unconfirmed.Add(messages);
}
