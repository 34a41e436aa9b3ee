using System.Diagnostics;

namespace Serverless.Hubs.Dispatch;

/// <summary>
/// Starts the span of a hub method, of the activity source <c>Serverless.Hubs</c>, with the tags that ASP.NET Core SignalR uses. The span
/// belongs to the trace that the gateway's request carries, by way of the host's current activity; so do requests that the hub makes.
/// </summary>
internal static class HubTrace
{
    private const string OperationName = "Serverless.Hubs.Invocation";

    private static readonly ActivitySource Source = new("Serverless.Hubs");

    /// <summary>Starts a span; returns null if the source has no listener and the request carries no trace to continue.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="method">The method.</param>
    /// <param name="request">The trace context of the request, used where the host has created no activity from it.</param>
    public static Activity? Start(string hub, string method, ActivityContext request)
    {
        var activity = Source.StartActivity(OperationName) ?? Continue(request);
        if (activity is { IsAllDataRequested: true })
        {
            activity.DisplayName = $"{hub}/{method}";
            activity.SetTag("rpc.system", "signalr");
            activity.SetTag("rpc.service", hub);
            activity.SetTag("rpc.method", method);
        }

        return activity;
    }

    // Without logging and a listener, ASP.NET Core and the Functions worker create no activity; the hub's requests would not be traced.
    private static Activity? Continue(ActivityContext request)
    {
        if (Activity.Current is not null || request == default)
        {
            return null;
        }

        var activity = new Activity(OperationName) { TraceStateString = request.TraceState };
        return activity.SetParentId(request.TraceId, request.SpanId, request.TraceFlags).Start();
    }

    /// <summary>Marks a span as failed with the exception's type. Its message is left out, because it may contain private data.</summary>
    public static void Fail(this Activity? activity, Exception exception)
    {
        activity?.SetTag("error.type", exception.GetType().FullName);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
