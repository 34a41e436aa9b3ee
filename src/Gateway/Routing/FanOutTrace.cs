using System.Diagnostics;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Routing;

/// <summary>The spans of a message to clients: one at the node that was asked to send it, and one at each node that delivers it.</summary>
internal static class FanOutTrace
{
    private const string SendOperation = "send";
    private const string DeliverOperation = "deliver";
    private const string ProcessType = "process";

    /// <summary>Whether the caller is within a trace.</summary>
    public static bool IsTraced => GatewayTraces.IsOn && GatewayTraces.Current is not null;

    /// <summary>What other nodes are told of the trace; null if there is none, or it is neither in the sample nor watched.</summary>
    public static string? ForOthers(bool isWatched) =>
        GatewayTraces.IsOn && GatewayTraces.Current is { } current && (isWatched || current.Recorded) ? current.Id : null;

    /// <summary>Begins the span of the whole message, within a trace.</summary>
    public static Activity? Send(HubName hub, Target target) =>
        Describe(GatewayTraces.Source.StartActivity(GatewayTraces.Send, ActivityKind.Producer), SendOperation, SendOperation, hub, target);

    /// <summary>Begins the span of its delivery at this node, within a trace; null otherwise.</summary>
    public static Activity? Deliver(HubName hub, Target target) => IsTraced
        ? Describe(GatewayTraces.Source.StartActivity(GatewayTraces.Delivery, ActivityKind.Consumer), DeliverOperation, ProcessType, hub, target)
        : null;

    /// <summary>The same for a message of another node, which says what trace it is of.</summary>
    public static Activity? DeliverFor(string? trace, HubName hub, Target target)
    {
        if (trace is null || !GatewayTraces.IsOn || TraceParent.Parse(trace, null) is var parent && parent == default)
        {
            return null;
        }

        var activity = GatewayTraces.StartDetached(GatewayTraces.Delivery, ActivityKind.Consumer, parent);
        Activity.Current = activity;
        return Describe(activity, DeliverOperation, ProcessType, hub, target);
    }

    /// <summary>Says for how many connections the message is that is being delivered.</summary>
    public static void Delivered(int receivers)
    {
        if (GatewayTraces.IsOn && GatewayTraces.Current is { OperationName: GatewayTraces.Delivery } delivery)
        {
            delivery.SetTag(GatewayTraces.Receivers, receivers);
        }
    }

    /// <summary>Groups, users and connections are not named.</summary>
    private static Activity? Describe(Activity? activity, string operation, string type, HubName hub, Target target)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.DisplayName = $"{operation} {hub.Value}";
            activity.SetTag(GatewayTraces.MessagingSystem, GatewayTraces.SignalR);
            activity.SetTag(GatewayTraces.MessagingOperation, operation);
            activity.SetTag(GatewayTraces.MessagingOperationType, type);
            activity.SetTag(GatewayTraces.MessagingDestination, hub.Value);
            activity.SetTag(GatewayTraces.TargetKind, FanOutMetrics.NameOf(target.Kind));
        }

        return activity;
    }
}
