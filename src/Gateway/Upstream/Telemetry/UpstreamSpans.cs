using System.Diagnostics;
using System.Globalization;
using Serverless.Gateway.Observability.Spans;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Upstream.Telemetry;

/// <summary>The span of one request to a function, and what the function is told of its trace.</summary>
internal static class UpstreamSpans
{
    /// <summary>
    /// Begins the span, within a traced call, and adds W3C's headers to the request. Null otherwise. A call that is not in the sample says
    /// so to the function too.
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

            // The address may carry a function key and a client's target: the template says which it is.
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

    /// <summary>The head of an answer has come.</summary>
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

    /// <summary>No answer has come.</summary>
    public static void Failed(Activity? activity, UpstreamResult result) => activity.Fail(result.ErrorType());
}
