using Microsoft.Extensions.Options;
using Serverless.Gateway.Dispatch.Calls;
using Serverless.Gateway.Dispatch.Streams;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Delivery;

namespace Serverless.Gateway.Dispatch.Ways;

/// <summary>The services that all connections' ways upstream share.</summary>
internal sealed class WayServices(
    UpstreamCalls calls,
    CallLoad load,
    CallTelemetry telemetry,
    StreamLimits streams,
    UpstreamDelivery upstream,
    IOptions<UpstreamOptions> options,
    TimeProvider time)
{
    public UpstreamCalls Calls { get; } = calls;

    public CallLoad Load { get; } = load;

    public CallTelemetry Telemetry { get; } = telemetry;

    public StreamLimits Streams { get; } = streams;

    /// <summary>Gets the bytes of messages that may wait for a connection's earlier calls.</summary>
    public int QueueBytes { get; } = options.Value.QueueBytes;

    /// <summary>Returns the time of an event, in UTC ticks; 0 when no template's functions get it.</summary>
    public long TimeOfEvent() => upstream.IsMarking ? time.GetUtcNow().UtcTicks : 0;
}
