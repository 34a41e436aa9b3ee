using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using Serverless.Gateway.Observability.Spans;

namespace Serverless.Gateway.Management;

/// <summary>Records the span of a REST call: part of the trace in the request's <c>traceparent</c>, or the first span of a new one.</summary>
internal static class RestSpans
{
    // Other methods are text that the caller chose.
    private static readonly FrozenSet<string> Methods = FrozenSet.Create("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS");

    /// <summary>Starts the span and makes it the current one; returns null without a listener, or when the span is not in the sample.</summary>
    public static Activity? Start(HttpContext context)
    {
        if (!GatewaySpans.IsOn)
        {
            return null;
        }

        var request = context.Request;
        var activity = GatewaySpans.StartDetached(
            GatewaySpans.RestCall,
            ActivityKind.Server,
            TraceContext.Parse(request.Headers.TraceParent, request.Headers.TraceState));
        if (activity is { IsAllDataRequested: true })
        {
            var method = Methods.Contains(request.Method) ? request.Method : GatewaySpans.Other;
            activity.DisplayName = method;
            activity.SetTag(GatewaySpans.RequestMethod, method);
            activity.SetTag(GatewaySpans.UrlScheme, request.Scheme);
        }

        // Set also when null: ASP.NET Core's own activity is not recorded, so it must not become a parent.
        Activity.Current = activity;
        return activity;
    }

    /// <summary>Names the span after the operation: its pattern, without the names in the path.</summary>
    public static void Found(Activity? activity, Route route)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.DisplayName = $"{route.Method} {route.Pattern}";
            activity.SetTag(GatewaySpans.Route, route.Pattern);
        }
    }

    /// <summary>Records the result.</summary>
    public static void Answered(Activity? activity, int status)
    {
        activity?.SetTag(GatewaySpans.ResponseStatus, status);
        if (status >= 500)
        {
            activity.Fail(status.ToString(CultureInfo.InvariantCulture));
        }
    }
}
