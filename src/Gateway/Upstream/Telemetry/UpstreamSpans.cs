using System.Diagnostics;
using System.Globalization;
using Serverless.Gateway.Observability.Spans;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Upstream.Telemetry;

/// <summary>Creates the span of one request to a function, and adds the trace's headers to the request.</summary>
internal static class UpstreamSpans
{
    /// <summary>
    /// Starts the span within a traced call, and adds the W3C headers to the request, also for a call that is not sampled. Returns null
    /// if there is no span.
    /// </summary>
    public static Activity? Start(HttpRequestMessage request, int template, int attempt)
    {
        if (!GatewaySpans.IsOn || GatewaySpans.Current is not { } call)
        {
            return null;
        }

        var activity = GatewaySpans.Source.StartActivity(GatewaySpans.UpstreamRequest, ActivityKind.Client);
        var told = activity ?? call;
        request.Headers.TryAddWithoutValidation(TraceContext.Header, told.Id);
        if (!string.IsNullOrEmpty(told.TraceStateString))
        {
            request.Headers.TryAddWithoutValidation(TraceContext.StateHeader, told.TraceStateString);
        }

        if (activity is { IsAllDataRequested: true })
        {
            activity.DisplayName = "POST";
            activity.SetTag(GatewaySpans.RequestMethod, "POST");

            // The path and query are not recorded: they may contain a function key and a client's target. The template identifies them.
            activity.SetTag(GatewaySpans.ServerAddress, request.RequestUri!.IdnHost);
            activity.SetTag(GatewaySpans.ServerPort, request.RequestUri.Port);
            activity.SetTag(GatewaySpans.Template, template);
            if (attempt > 1)
            {
                activity.SetTag(GatewaySpans.ResendCount, attempt - 1);
            }
        }

        return activity;
    }

    /// <summary>Records the head of an answer.</summary>
    public static void Answered(Activity? activity, int status)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag(GatewaySpans.ResponseStatus, status);
        if (status >= 400)
        {
            activity.Fail(status.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Records that no answer has arrived.</summary>
    public static void Failed(Activity? activity, UpstreamResult result) => activity.Fail(result.ErrorType());
}
