using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Limits;

/// <summary>Provides the metrics of the node's memory budget.</summary>
internal sealed class LimitMetrics
{
    public LimitMetrics(QueuedBytes queued)
    {
        GatewayMeter.Instance.CreateObservableGauge(
            GatewayMeter.LimitsQueued, () => queued.Held, "By", "Bytes that the node holds for all its clients");
        GatewayMeter.Instance.CreateObservableGauge(
            GatewayMeter.LimitsQueuedMax, () => queued.MaxBytes, "By", "Bytes that the node may hold for all its clients");
    }
}
