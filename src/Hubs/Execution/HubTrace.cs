using System.Diagnostics;

namespace Serverless.Hubs.Execution;

/// <summary>
/// The span of a hub's code, of the activity source <c>Serverless.Hubs</c>, with the tags that ASP.NET Core SignalR uses. The span belongs to
/// the trace of the upstream request, and so do requests that the hub makes.
/// </summary>
/// <remarks>
/// The framework starts the span of a call, of the source <c>Microsoft.AspNetCore.SignalR.Server</c>, in a trace of its own with a link to the
/// request, because in process a connection outlives every call. Where that source has no listener, the call has no trace at all.
/// </remarks>
/// <param name="host">The activity that the host has created for the request, or null.</param>
/// <param name="request">The trace context of the request, used where the host has created no activity.</param>
internal sealed class HubTrace(Activity? host, ActivityContext request) : IDisposable
{
    private const string OperationName = "Serverless.Hubs.Invocation";

    private static readonly ActivitySource Source = new("Serverless.Hubs");

    private Activity? _span;

    /// <summary>Gets a value that indicates whether a span has been started.</summary>
    public bool HasSpan => _span is not null;

    /// <summary>
    /// Starts the span, or continues the request's trace without one if the source has no listener. Changes the current activity of the
    /// caller's asynchronous flow, so it must be called by a method that is not asynchronous itself, where the flow goes on after that method.
    /// </summary>
    public void Start(string hub, string method)
    {
        var parent = host?.Context ?? request;
        _span = Source.StartActivity(OperationName, ActivityKind.Internal, parent);
        if (_span is { IsAllDataRequested: true })
        {
            _span.DisplayName = $"{hub.ToLowerInvariant()}/{method}";
            _span.SetTag("rpc.system", "signalr");
            _span.SetTag("rpc.service", hub.ToLowerInvariant());
            _span.SetTag("rpc.method", method);
        }

        if (_span is not null)
        {
            return;
        }

        if (host is not null)
        {
            Activity.Current = host;
        }
        else if (request != default)
        {
            _span = new Activity(OperationName) { TraceStateString = request.TraceState };
            _span.SetParentId(request.TraceId, request.SpanId, request.TraceFlags).Start();
        }
    }

    /// <summary>Marks the span as failed with the exception's type. Its message is left out, because it may contain private data.</summary>
    public void Fail(Exception exception)
    {
        _span?.SetTag("error.type", exception.GetType().FullName);
        _span?.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>Ends the span. The current activity becomes the host's.</summary>
    public void Dispose()
    {
        _span?.Stop();
        Activity.Current = host;
    }
}
