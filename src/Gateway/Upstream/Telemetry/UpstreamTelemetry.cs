using System.Diagnostics;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Templates;
using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Telemetry;

/// <summary>
/// Reports upstream calls: each method reports one event to the log, the metrics, the span and the live trace. Without a listener it
/// allocates nothing.
/// </summary>
internal sealed partial class UpstreamTelemetry(LiveTrace liveTrace, UpstreamRoutes routes, TimeProvider time, ILogger<UpstreamTelemetry> logger)
{
    /// <summary>Reports that an attempt begins.</summary>
    /// <returns>The attempt, for <see cref="AttemptEnded"/>.</returns>
    public UpstreamAttempt AttemptStarted(in UpstreamRoute route, in UpstreamCall call, int number)
    {
        if (!liveTrace.IsOn)
        {
            return default;
        }

        UpstreamLiveTrace.Sending(liveTrace, routes, in route, in call, number);
        return new UpstreamAttempt(number, time.GetTimestamp());
    }

    /// <summary>Reports that an attempt has ended: its answer is read, or it has failed.</summary>
    public void AttemptEnded(in UpstreamAttempt attempt, in UpstreamRoute route, in UpstreamCall call, in UpstreamOutcome outcome)
    {
        if (attempt.Number > 0)
        {
            UpstreamLiveTrace.Ended(liveTrace, routes, in route, in call, attempt.Number, in outcome, time.GetElapsedTime(attempt.StartedAt));
        }
    }

    /// <summary>Reports that an attempt was not made, because its endpoint's circuit breaker is open, or its caller has cancelled the call.</summary>
    public void AttemptSkipped(in UpstreamRoute route, in UpstreamCall call, int number, in UpstreamOutcome outcome)
    {
        if (liveTrace.IsOn)
        {
            UpstreamLiveTrace.Ended(liveTrace, routes, in route, in call, number, in outcome, TimeSpan.Zero);
        }
    }

    /// <summary>Reports that no request was made.</summary>
    public void NotSent(in UpstreamRoute route, in UpstreamCall call, in UpstreamOutcome outcome)
    {
        switch (outcome.Result)
        {
            case UpstreamResult.NoSecret:
                Log.NoSecret(logger, in route, in call);
                break;
            case UpstreamResult.NoIdentity:
                Log.NoIdentity(logger, in route, in call, outcome.Detail!);
                break;
            case UpstreamResult.NoConnection:
                Log.NoConnection(logger, in route, in call, outcome.Detail!);
                break;

            // Templates for messages only are common; a message without a template is a mistake.
            case UpstreamResult.NoTemplate or UpstreamResult.BadUrl when call.Category == UpstreamCategories.Messages || route.Template >= 0:
                Log.NoRoute(logger, in route, in call);
                break;
            default:
                break;
        }

        UpstreamMetrics.NotSent(route.Template, call.Category, outcome.Result);
    }

    /// <summary>Reports that a request is about to be sent, and adds the headers of the caller's trace to it.</summary>
    /// <returns>The exchange; disposing of it ends its span.</returns>
    public UpstreamExchange RequestStarted(HttpRequestMessage request, in UpstreamRoute route, int attempt)
    {
        var span = UpstreamSpans.Start(request, route.Template, attempt);
        UpstreamMetrics.Started(route.Template);
        return new UpstreamExchange(span, time.GetTimestamp());
    }

    /// <summary>Reports that a request is sent once more, because a reused connection ended before the answer began.</summary>
    public void Resending(string hub, string category, Exception exception) => Log.Resending(logger, hub, category, exception.Message);

    /// <summary>Reports that the head of an answer has arrived.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="route">The call's route.</param>
    /// <param name="call">The call.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="refusal">The reason why its redirect was not followed; null if it has none.</param>
    public void Answered(in UpstreamExchange exchange, in UpstreamRoute route, in UpstreamCall call, int status, string? refusal)
    {
        UpstreamMetrics.Answered(route.Template, call.Category, status, time.GetElapsedTime(exchange.StartedAt));
        UpstreamSpans.Answered(exchange.Span, status);
        if (refusal is not null)
        {
            Log.RedirectRefused(logger, in route, in call, status, refusal);
        }
        else if (status is < 200 or > 299)
        {
            Log.Refused(logger, in route, in call, status);
        }
    }

    /// <summary>Reports that no answer has arrived.</summary>
    /// <param name="exchange">The exchange.</param>
    /// <param name="route">The call's route.</param>
    /// <param name="call">The call.</param>
    /// <param name="outcome">The outcome: timed out, failed or cancelled.</param>
    /// <param name="limit">The attempt's time limit.</param>
    public void NotAnswered(in UpstreamExchange exchange, in UpstreamRoute route, in UpstreamCall call, in UpstreamOutcome outcome, TimeSpan limit)
    {
        switch (outcome.Result)
        {
            case UpstreamResult.TimedOut:
                Log.TimedOut(logger, in route, in call, limit);
                break;
            case UpstreamResult.Failed:
                Log.Failed(logger, in route, in call, outcome.Detail!);
                break;
            default:
                break;
        }

        UpstreamMetrics.Failed(route.Template, call.Category, outcome.Result, time.GetElapsedTime(exchange.StartedAt));
        UpstreamSpans.Failed(exchange.Span, outcome.Result);
    }
}

/// <summary>Represents an attempt that the live trace follows.</summary>
/// <param name="Number">The number of the attempt, from 1; 0 while the live trace is off.</param>
/// <param name="StartedAt">The timestamp of its start.</param>
internal readonly record struct UpstreamAttempt(int Number, long StartedAt);

/// <summary>Represents a request and its answer. Disposing of it ends its span.</summary>
/// <param name="Span">The span; null outside a trace.</param>
/// <param name="StartedAt">The timestamp of its start.</param>
internal readonly record struct UpstreamExchange(Activity? Span, long StartedAt) : IDisposable
{
    public void Dispose() => Span?.Dispose();
}
