using System.Diagnostics;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability.Spans;

namespace Serverless.Gateway.Routing;

/// <summary>Creates the spans of a message to clients: one at the node that is asked to send it, and one at each node that delivers it.</summary>
internal static class FanOutSpans
{
    private const string SendOperation = "send";
    private const string DeliverOperation = "deliver";
    private const string ProcessType = "process";

    /// <summary>Gets a value that indicates whether the caller is in a trace.</summary>
    public static bool IsTraced => GatewaySpans.IsOn && GatewaySpans.Current is not null;

    /// <summary>Returns the trace for messages to other nodes; null if there is none, or it is neither sampled nor watched.</summary>
    public static string? ForOthers(bool isWatched) =>
        GatewaySpans.IsOn && GatewaySpans.Current is { } current && (isWatched || current.Recorded) ? current.Id : null;

    /// <summary>Starts the span of the whole message, in a trace.</summary>
    public static Activity? Send(HubName hub, Target target) =>
        Describe(GatewaySpans.Source.StartActivity(GatewaySpans.Send, ActivityKind.Producer), SendOperation, SendOperation, hub, target);

    /// <summary>Starts the span of its delivery at this node; null outside a trace.</summary>
    public static Activity? Deliver(HubName hub, Target target) => IsTraced
        ? Describe(GatewaySpans.Source.StartActivity(GatewaySpans.Delivery, ActivityKind.Consumer), DeliverOperation, ProcessType, hub, target)
        : null;

    /// <summary>Starts the span of the delivery of a message of another node, which names its trace.</summary>
    public static Activity? DeliverFor(string? trace, HubName hub, Target target)
    {
        if (trace is null || !GatewaySpans.IsOn || TraceContext.Parse(trace, null) is var parent && parent == default)
        {
            return null;
        }

        var activity = GatewaySpans.StartDetached(GatewaySpans.Delivery, ActivityKind.Consumer, parent);
        Activity.Current = activity;
        return Describe(activity, DeliverOperation, ProcessType, hub, target);
    }

    /// <summary>Sets the number of receivers in the span of the present delivery.</summary>
    public static void Delivered(int receivers)
    {
        if (GatewaySpans.IsOn && GatewaySpans.Current is { OperationName: GatewaySpans.Delivery } delivery)
        {
            delivery.SetTag(GatewaySpans.Receivers, receivers);
        }
    }

    // Names of groups, users and connections are not recorded.
    private static Activity? Describe(Activity? activity, string operation, string type, HubName hub, Target target)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.DisplayName = $"{operation} {hub.Value}";
            activity.SetTag(GatewaySpans.MessagingSystem, GatewaySpans.SignalR);
            activity.SetTag(GatewaySpans.MessagingOperation, operation);
            activity.SetTag(GatewaySpans.MessagingOperationType, type);
            activity.SetTag(GatewaySpans.MessagingDestination, hub.Value);
            activity.SetTag(GatewaySpans.TargetKind, FanOutMetrics.NameOf(target.Kind));
        }

        return activity;
    }
}
