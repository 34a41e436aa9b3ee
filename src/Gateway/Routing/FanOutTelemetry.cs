using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Reports messages to clients: each method reports one event to the metrics, the span and the live trace. Without a listener it allocates
/// nothing. <see cref="UndeliveredMessages"/> reports messages without a receiver.
/// </summary>
internal static class FanOutTelemetry
{
    /// <summary>Reports that a message is about to be sent to all nodes.</summary>
    public static void Accepted(LiveTrace liveTrace, HubName hub, Target target, OutboundMessage message)
    {
        if (liveTrace.IsOn)
        {
            RoutingLiveTrace.Sending(liveTrace, hub, target, message);
        }
    }

    /// <summary>Reports that this node has no connection of the hub.</summary>
    public static void HubEmpty() => FanOutSpans.Delivered(0);

    /// <summary>Reports that a message has been passed to this node's receivers.</summary>
    /// <param name="liveTrace">The live trace.</param>
    /// <param name="connections">The hub's connections.</param>
    /// <param name="hub">The hub.</param>
    /// <param name="target">The target.</param>
    /// <param name="members">The target's connections; null for a single connection, or if the target is empty.</param>
    /// <param name="message">The message.</param>
    /// <param name="receivers">The number of receivers, excluded ones among them.</param>
    public static void Delivered(
        LiveTrace liveTrace, HubConnections connections, HubName hub, Target target, MemberSet? members, OutboundMessage message, int receivers)
    {
        if (target.Kind != TargetKind.Connection)
        {
            FanOutMetrics.Sent(target.Kind, receivers);
        }

        FanOutSpans.Delivered(receivers);
        if (receivers > 0 && liveTrace.IsOn)
        {
            RoutingLiveTrace.Sent(liveTrace, connections, hub, target, members, message);
        }
    }

    /// <summary>Reports that a connection has joined or left a group.</summary>
    public static void GroupChanged(LiveTrace liveTrace, ClientConnection connection, string group, bool hasJoined)
    {
        if (liveTrace.IsOn)
        {
            RoutingLiveTrace.Group(liveTrace, connection, group, hasJoined);
        }
    }
}
