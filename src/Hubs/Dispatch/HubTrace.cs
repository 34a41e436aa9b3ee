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

    /// <summary>Begins a span; null if nobody listens.</summary>
    public static Activity? Start(string hub, string method)
    {
        var activity = Source.StartActivity(OperationName);
        if (activity is { IsAllDataRequested: true })
        {
            activity.DisplayName = $"{hub}/{method}";
            activity.SetTag("rpc.system", "signalr");
            activity.SetTag("rpc.service", hub);
            activity.SetTag("rpc.method", method);
        }

        return activity;
    }

    /// <summary>Marks a span as failed: by the kind of the exception, whose message may be anything.</summary>
    public static void Fail(this Activity? activity, Exception exception)
    {
        activity?.SetTag("error.type", exception.GetType().FullName);
        activity?.SetStatus(ActivityStatusCode.Error);
    }
}
