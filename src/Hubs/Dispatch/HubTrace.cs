using System.Diagnostics;

namespace Serverless.Hubs.Dispatch;

/// <summary>
/// The span of a hub method's run, of the source <c>Serverless.Hubs</c>, in the words of ASP.NET Core SignalR's own. It is part of the trace
/// that the gateway's request says, by way of the host's current activity; requests that a hub makes are part of it too.
/// </summary>
internal static class HubTrace
{
    private const string OperationName = "Serverless.Hubs.Invocation";

    private static readonly ActivitySource Source = new("Serverless.Hubs");

    /// <summary>Begins a span; null if nobody listens and no trace is to go on.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="method">The method.</param>
    /// <param name="request">What the request says; used where the host has made nothing of it.</param>
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

    // Without a log and a listener, ASP.NET Core and Functions' worker have no activity: the hub's requests would be in no trace.
    private static Activity? Continue(ActivityContext request)
    {
        if (Activity.Current is not null || request == default)
        {
            return null;
        }

        var activity = new Activity(OperationName) { TraceStateString = request.TraceState };
        return activity.SetParentId(request.TraceId, request.SpanId, request.TraceFlags).Start();
    }

    /// <summary>Marks a span as failed: by the kind of the exception, whose message may be anything.</summary>
    public static void Fail(this Activity? activity, Exception exception)
    {
        activity?.SetTag("error.type", exception.GetType().FullName);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
