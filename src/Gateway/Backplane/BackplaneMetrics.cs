using System.Diagnostics.Metrics;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Backplane;

/// <summary>How the way to the other nodes is.</summary>
internal sealed class BackplaneMetrics
{
    private static readonly Histogram<double> Duration = GatewayMeter.Instance.CreateHistogram(
        GatewayMeter.BackplaneDuration, "s", "Time that Redis takes to answer", advice: GatewayMeter.Seconds);

    public BackplaneMetrics(bool isAlone, Func<bool> isUp, Func<int> bytesWaiting)
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
}
