using System.Diagnostics;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Observability.Spans;

namespace Serverless.Gateway.Management;

/// <summary>
/// Reports one REST call: each method is one thing that happened, and writes the span and the live trace. Without a listener it allocates
/// nothing. Disposing of it ends the span.
/// </summary>
internal readonly struct RestTelemetry : IDisposable
{
    private readonly LiveTrace _liveTrace;
    private readonly TimeProvider _time;
    private readonly Activity? _span;
    private readonly LiveTraceSubject? _subject;
    private readonly long _startedAt;

    private RestTelemetry(LiveTrace liveTrace, TimeProvider time, Activity? span, LiveTraceSubject? subject)
    {
        _liveTrace = liveTrace;
        _time = time;
        _span = span;
        _subject = subject;
        _startedAt = time.GetTimestamp();
    }

    /// <summary>A call has arrived: begins its span, which becomes the current one.</summary>
    public static RestTelemetry Received(LiveTrace liveTrace, TimeProvider time, HttpContext context, RestRequest request)
    {
        var span = RestSpans.Start(context);
        return new RestTelemetry(liveTrace, time, span, liveTrace.IsOn ? RestLiveTrace.Received(liveTrace, context, request) : null);
    }

    /// <summary>The call's operation is known.</summary>
    public void Found(Route route) => RestSpans.Found(_span, route);

    /// <summary>The caller has gone.</summary>
    public void Cancelled() => _span.Fail("cancelled");

    /// <summary>The call is answered.</summary>
    public void Answered(HttpContext context, RestResult result)
    {
        RestSpans.Answered(_span, result.Status);
        if (_subject is { } subject)
        {
            RestLiveTrace.Answered(_liveTrace, in subject, context, result, _time.GetElapsedTime(_startedAt));
        }
    }

    public void Dispose() => _span?.Dispose();
}
