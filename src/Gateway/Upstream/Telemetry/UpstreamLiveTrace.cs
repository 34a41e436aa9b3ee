using System.Globalization;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Templates;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Telemetry;

/// <summary>Emits the live trace's events about each attempt of an upstream call. Called only while the live trace is on.</summary>
internal static class UpstreamLiveTrace
{
    /// <summary>Emits that an attempt begins, if its route has a URL.</summary>
    public static void Sending(LiveTrace trace, UpstreamRoutes routes, in UpstreamRoute route, in UpstreamCall call, int attempt)
    {
        var about = About(in call);
        if (route.Url is null || !trace.Wants(in about))
        {
            return;
        }

        trace.Emit(in about, Event(in about, LogLevel.Information, "UpstreamRequest", $"Calls the upstream of template {route.Template} with {call.Category}/{call.EventName}.") with
        {
            Target = call.EventName,
            Template = route.Template,
            Attempt = attempt,
            Url = routes.DisplayUrl(route.Template, call.Sender.Hub, call.Category, call.EventName),
        });
    }

    /// <summary>Emits that an attempt has ended.</summary>
    public static void Ended(
        LiveTrace trace,
        UpstreamRoutes routes,
        in UpstreamRoute route,
        in UpstreamCall call,
        int attempt,
        in UpstreamOutcome outcome,
        TimeSpan taken)
    {
        var about = About(in call);
        if (!trace.Wants(in about))
        {
            return;
        }

        var reason = outcome.ReasonTag();
        var (name, text) = outcome.Result switch
        {
            UpstreamResult.Answered => ("UpstreamAnswered", AnswerText(outcome.Status) + (outcome.Detail is null ? "" : $" {outcome.Detail}.")),
            UpstreamResult.NoTemplate or UpstreamResult.BadUrl or UpstreamResult.NoSecret or UpstreamResult.NoIdentity or UpstreamResult.CircuitOpen
                or UpstreamResult.NoConnection =>
                ("UpstreamNotCalled", NotCalledText(routes, in call, in outcome)),
            UpstreamResult.TimedOut => ("UpstreamFailed", "No answer arrived in time."),
            UpstreamResult.Cancelled => ("UpstreamCancelled", "The call was cancelled."),
            _ => ("UpstreamFailed", $"The call failed: {outcome.ReasonText()}."),
        };

        // Templates for messages only are common.
        var level = reason is null || (reason == "no_template" && call.Category == UpstreamCategories.Connections)
            ? LogLevel.Information
            : LogLevel.Warning;
        trace.Emit(in about, Event(in about, level, name, text) with
        {
            Target = call.EventName,
            Template = route.Template < 0 ? null : route.Template,
            Attempt = attempt,
            Status = outcome.Status == 0 ? null : outcome.Status,
            Reason = reason,
            Exception = outcome.Detail,
            Milliseconds = Math.Round(taken.TotalMilliseconds, 1),
        });
    }

    private static LiveTraceSubject About(in UpstreamCall call) => new(
        LiveTraceCategory.HttpRequests,
        call.Sender.Hub,
        call.Sender.ConnectionId,
        call.Sender.UserId,
        null,
        call.Mark.TracingId,
        call.Sender.IsDiagnostic);

    private static LiveTraceEvent Event(in LiveTraceSubject about, LogLevel level, string name, string message) =>
        new(in about, level, name, message) { ConnectionType = "Client" };

    private static string AnswerText(int status) => string.Create(CultureInfo.InvariantCulture, $"The upstream answered {status}.") + status switch
    {
        401 => " It refused the signature or the token. Check that the access key of its connection string is one of the gateway's.",
        403 => " It refused the caller.",
        404 => " It has no function for this hub, category and event.",
        415 => " It does not accept the content type.",
        _ => "",
    };

    private static string NotCalledText(UpstreamRoutes routes, in UpstreamCall call, in UpstreamOutcome outcome) => outcome.Result switch
    {
        UpstreamResult.NoIdentity => "The gateway's identity could not get a token for the upstream.",
        UpstreamResult.NoConnection => $"It was not sent: {outcome.Detail}.",
        UpstreamResult.CircuitOpen => "The endpoint has failed too often, and its circuit breaker is open.",
        _ => routes.Explain(call.Sender.Hub, call.Category, call.EventName).ToString(),
    };
}
