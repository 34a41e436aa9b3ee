using System.Diagnostics.Metrics;

namespace Serverless.Gateway.Observability;

/// <summary>
/// The meter of all the gateway's own instruments, and their names: a published interface, listed in docs/metrics.md. Where the service
/// has a metric, the name is the service's (docs/contract/limits-and-metering.md#metrics); others follow OpenTelemetry's conventions.
/// </summary>
internal static class GatewayMeter
{
    public const string Name = "Serverless.Gateway";

    public const string ConnectionCount = "ConnectionCount";
    public const string ConnectionOpenCount = "ConnectionOpenCount";
    public const string ConnectionCloseCount = "ConnectionCloseCount";
    public const string MessageCount = "MessageCount";
    public const string InboundTraffic = "InboundTraffic";
    public const string OutboundTraffic = "OutboundTraffic";
    public const string ConnectionQuotaUtilization = "ConnectionQuotaUtilization";
    public const string ServerLoad = "ServerLoad";
    public const string UserErrors = "UserErrors";
    public const string SystemErrors = "SystemErrors";

    public const string DiagnosticConnections = "serverless.connections.diagnostic";
    public const string MessagesReceived = "serverless.messages.received";
    public const string MessagesSent = "serverless.messages.sent";
    public const string SocketsOpen = "serverless.sockets.open";
    public const string SocketsLimit = "serverless.sockets.limit";
    public const string SocketsEvicted = "serverless.sockets.evicted";
    public const string ClientsLimit = "serverless.clients.limit";
    public const string ClientsRefused = "serverless.clients.refused";
    public const string LimitsQueued = "serverless.limits.queued";
    public const string LimitsQueuedMax = "serverless.limits.queued_max";
    public const string OutboxWaiting = "serverless.outbox.waiting";
    public const string OutboxBlocked = "serverless.outbox.blocked";
    public const string DrainWaiting = "serverless.drain.waiting";
    public const string FanOutReceivers = "serverless.fanout.receivers";
    public const string FanOutRefused = "serverless.fanout.refused";
    public const string UpstreamDuration = "serverless.upstream.duration";
    public const string UpstreamNotSent = "serverless.upstream.not_sent";
    public const string EventsUndelivered = "serverless.events.undelivered";
    public const string MessagesUndelivered = "serverless.messages.undelivered";
    public const string UpstreamActive = "serverless.upstream.active";
    public const string UpstreamWaiting = "serverless.upstream.waiting";
    public const string UpstreamConnections = "serverless.upstream.connections";
    public const string BackplaneUp = "serverless.backplane.up";
    public const string BackplaneDuration = "serverless.backplane.duration";
    public const string BackplaneWaiting = "serverless.backplane.waiting";
    public const string BackplaneLosses = "serverless.backplane.losses";
    public const string BackplaneRefused = "serverless.backplane.refused";
    public const string BackplaneUnconfirmed = "serverless.backplane.unconfirmed";

    /// <summary>The dimension of the service's metrics that holds the receiver of a connection or message.</summary>
    public const string EndpointTag = "Endpoint";

    /// <summary>The dimension of the service's metric that holds the reason why a connection was closed.</summary>
    public const string CloseCategoryTag = "ConnectionCloseCategory";

    /// <summary>The dimension that holds the hub.</summary>
    public const string HubTag = "hub";

    /// <summary>Bucket bounds in seconds for durations from a millisecond to more than a minute.</summary>
    public static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 100],
    };

    public static readonly Meter Instance = new(Name);

    /// <summary>Creates a tag.</summary>
    public static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
