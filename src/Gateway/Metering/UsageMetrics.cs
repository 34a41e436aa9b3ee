using System.Diagnostics.Metrics;
using Serverless.Gateway.Observability;
using static Serverless.Gateway.Observability.GatewayMeter;

namespace Serverless.Gateway.Metering;

/// <summary>Provides the service's metrics, read from the meters at each collection.</summary>
internal sealed class UsageMetrics
{
    private const string Client = "Client";
    private const string Upstream = "Upstream";
    private const string LiveTrace = "LiveTrace";

    private static readonly string[] Endpoints = [.. ConnectionKinds.All.Select(kind => kind.Endpoint()).Distinct()];

    private readonly HubMeters _meters;

    public UsageMetrics(HubMeters meters, ErrorShares errors, Quotas quotas, ServerLoad load)
    {
        _meters = meters;
        var meter = Instance;
        meter.CreateObservableGauge(ConnectionCount, Connections, "{connection}", "Connections that are open");
        meter.CreateObservableGauge(
            DiagnosticConnections, () => PerHub(static hub => hub.Open(ConnectionKind.Diagnostic)), "{connection}", "Open connections of diagnostic clients");
        meter.CreateObservableCounter(ConnectionOpenCount, Opened, "{connection}", "Connections that were opened");
        meter.CreateObservableCounter(ConnectionCloseCount, Closed, "{connection}", "Connections that ended");
        meter.CreateObservableCounter(MessageCount, Units, "{unit}", "Outbound messages in units of 2 KB, as they are billed");
        meter.CreateObservableCounter(
            MessagesSent, () => PerHub(static hub => hub.ToClients.Total.Messages), "{message}", "Messages that clients were sent");
        meter.CreateObservableCounter(
            MessagesReceived, () => PerHub(static hub => hub.FromClients.Total.Messages), "{message}", "Messages of clients");
        meter.CreateObservableCounter(
            InboundTraffic, () => PerHub(static hub => hub.FromClients.Total.Bytes), "By", "Bytes of clients' messages");
        meter.CreateObservableCounter(OutboundTraffic, Outbound, "By", "Bytes that clients and upstreams were sent");
        meter.CreateObservableGauge(
            ConnectionQuotaUtilization,
            () => quotas.Utilization().Select(quota =>
                new Measurement<double>(quota.Percent, quota.Hub is null ? [] : [Tag(HubTag, quota.Hub)])),
            "%",
            "How much of each quota of connections is taken");
        meter.CreateObservableGauge(GatewayMeter.ServerLoad, () => load.Percent, "%", "How busy the process keeps the processors");
        meter.CreateObservableGauge(UserErrors, () => errors.Of(Fault.User), "%", "Share of the last minute's closed connections that ended by a fault of the client, its network or the app");
        meter.CreateObservableGauge(SystemErrors, () => errors.Of(Fault.System), "%", "Share of the last minute's closed connections that ended by a fault of the gateway");
    }

    private IEnumerable<Measurement<long>> Connections() =>
        from hub in _meters.All
        from endpoint in Endpoints
        let open = ConnectionKinds.All.Where(kind => kind.Endpoint() == endpoint).Sum(hub.Open)
        where open > 0 || endpoint == (hub.IsGateways ? LiveTrace : Client)
        select new Measurement<long>(open, Tag(HubTag, hub.Hub), Tag(EndpointTag, endpoint));

    private IEnumerable<Measurement<long>> Opened() =>
        from hub in _meters.All
        from endpoint in Endpoints
        let opened = ConnectionKinds.All.Where(kind => kind.Endpoint() == endpoint).Sum(hub.OpenedOf)
        where opened > 0
        select new Measurement<long>(opened, Tag(HubTag, hub.Hub), Tag(EndpointTag, endpoint));

    private IEnumerable<Measurement<long>> Closed() =>
        from hub in _meters.All
        from endpoint in Endpoints
        from category in CloseCategories.All
        let closed = ConnectionKinds.All.Where(kind => kind.Endpoint() == endpoint).Sum(kind => hub.ClosedOf(kind, category))
        where closed > 0
        select new Measurement<long>(closed, Tag(HubTag, hub.Hub), Tag(EndpointTag, endpoint), Tag(CloseCategoryTag, category.ToString()));

    private IEnumerable<Measurement<long>> Units() => PerEndpoint(static traffic => traffic.Units);

    private IEnumerable<Measurement<long>> Outbound() => PerEndpoint(static traffic => traffic.Bytes);

    private IEnumerable<Measurement<long>> PerEndpoint(Func<Traffic, long> read) => _meters.All.SelectMany(hub => (Measurement<long>[])
    [
        new(read(hub.ToClients.Total), Tag(HubTag, hub.Hub), Tag(EndpointTag, hub.IsGateways ? LiveTrace : Client)),
        new(read(hub.ToUpstreams.Total), Tag(HubTag, hub.Hub), Tag(EndpointTag, Upstream)),
    ]);

    private IEnumerable<Measurement<long>> PerHub(Func<HubMeter, long> read) =>
        _meters.All.Select(hub => new Measurement<long>(read(hub), Tag(HubTag, hub.Hub)));
}
