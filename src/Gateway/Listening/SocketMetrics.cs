using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Listening;

/// <summary>Publishes the counts of accepted sockets; they are read whenever metrics are collected.</summary>
internal sealed class SocketMetrics
{
    public SocketMetrics(AcceptedSockets sockets)
    {
        var meter = GatewayMeter.Instance;
        meter.CreateObservableGauge(GatewayMeter.SocketsOpen, () => sockets.Count, "{socket}", "Accepted sockets that are open");
        meter.CreateObservableGauge(GatewayMeter.SocketsLimit, () => sockets.MaxSockets, "{socket}", "Sockets that the node accepts");
        meter.CreateObservableCounter(
            GatewayMeter.SocketsEvicted, () => sockets.Evicted, "{socket}", "Sockets without a request that were closed to make room or for their silence");
    }
}
