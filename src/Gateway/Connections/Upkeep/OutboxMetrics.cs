using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Connections.Upkeep;

/// <summary>Provides the metrics of outboxes and drain workers, read at each collection.</summary>
internal sealed class OutboxMetrics
{
    public OutboxMetrics(ConnectionTable table, DrainWorkers workers)
    {
        GatewayMeter.Instance.CreateObservableGauge(
            GatewayMeter.OutboxWaiting, () => table.Open.Sum(static connection => (long)connection.BytesWaiting), "By", "Bytes that wait in outboxes");
        GatewayMeter.Instance.CreateObservableGauge(
            GatewayMeter.OutboxBlocked,
            () => table.Open.Count(static connection => connection.IsBlocked),
            "{connection}",
            "Clients whose socket takes no bytes at the moment");
        GatewayMeter.Instance.CreateObservableGauge(
            GatewayMeter.DrainWaiting, () => workers.Waiting, "{outbox}", "Outboxes in line for a drain worker");
    }
}
