using System.Globalization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Management;

/// <summary>Emits events of REST calls to the live trace, without queries and headers. Called only while the trace has a listener.</summary>
internal static class RestLiveTrace
{
    /// <summary>Emits the arrival of a call. All that follows from the call carries its tracing id.</summary>
    public static LiveTraceSubject Received(LiveTrace trace, HttpContext context, RestRequest request)
    {
        trace.Current = trace.IdOf(trace.NextNumber());
        var about = About(trace, context, request);
        if (trace.Wants(in about))
        {
            trace.Emit(in about, Event(in about, context, LogLevel.Information, "RestRequest", $"{context.Request.Method} {trace.Mask.Apply(request.Target.Path)}"));
        }

        return about;
    }

    /// <summary>Emits the answer to a call.</summary>
    public static void Answered(LiveTrace trace, in LiveTraceSubject about, HttpContext context, RestResult result, TimeSpan taken)
    {
        if (!trace.Wants(in about))
        {
            return;
        }

        var level = result.Status >= 500 ? LogLevel.Error : result.Status is >= 400 and not 404 ? LogLevel.Warning : LogLevel.Information;
        var text = string.Create(CultureInfo.InvariantCulture, $"Answered {result.Status}.");
        trace.Emit(in about, Event(in about, context, level, "RestAnswered", text) with
        {
            Status = result.Status,
            Milliseconds = Math.Round(taken.TotalMilliseconds, 1),
            Exception = result.Error?.Message,
            Reason = result.Error?.Code,
        });
    }

    private static LiveTraceEvent Event(in LiveTraceSubject about, HttpContext context, LogLevel level, string name, string message) =>
        new(in about, level, name, message) { Ip = context.Connection.RemoteIpAddress?.ToString() };

    // Names come from paths such as hubs/{hub}/groups/{group}/connections/{connection}, for every operation.
    private static LiveTraceSubject About(LiveTrace trace, HttpContext context, RestRequest request)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < request.Segments.Length; i += 2)
        {
            names.TryAdd(request.Segments[i], request.Segments[i + 1]);
        }

        var application = context.Request.Query["application"] is [{ Length: > 0 } given, ..] ? given : null;
        _ = HubName.TryParse(names.GetValueOrDefault("hubs") ?? names.GetValueOrDefault("hub"), application, out var hub);
        return new LiveTraceSubject(
            LiveTraceCategory.HttpRequests,
            hub.Value,
            names.GetValueOrDefault("connections"),
            names.GetValueOrDefault("users"),
            names.GetValueOrDefault("groups"),
            trace.Current,
            IsDiagnostic: false);
    }
}
