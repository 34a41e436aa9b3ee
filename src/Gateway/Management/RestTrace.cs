using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Management;

/// <summary>The span of a REST call: part of the trace that the request's <c>traceparent</c> says, or the first of one.</summary>
internal static class RestTrace
{
    // Others are a caller's own words.
    private static readonly FrozenSet<string> Methods = FrozenSet.Create("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS");

    /// <summary>Begins the span, and makes it the current one; null if nobody listens, or it is not in the sample.</summary>
    public static Activity? Start(HttpContext context)
    {
        if (!GatewayTraces.IsOn)
        {
            return null;
        }

        var request = context.Request;
        var activity = GatewayTraces.StartDetached(
            GatewayTraces.RestCall,
            ActivityKind.Server,
            TraceParent.Parse(request.Headers.TraceParent, request.Headers.TraceState));
        if (activity is { IsAllDataRequested: true })
        {
            var method = Methods.Contains(request.Method) ? request.Method : GatewayTraces.Other;
            activity.DisplayName = method;
            activity.SetTag(GatewayTraces.RequestMethod, method);
            activity.SetTag(GatewayTraces.UrlScheme, request.Scheme);
        }

        // Also where it is null: ASP.NET Core's own, which nobody gets to see, is nobody's parent.
        Activity.Current = activity;
        return activity;
    }

    /// <summary>Says which operation it is: the pattern, without the names in it.</summary>
    public static void Found(Activity? activity, Route route)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.DisplayName = $"{route.Method} {route.Pattern}";
            activity.SetTag(GatewayTraces.Route, route.Pattern);
        }
    }

    /// <summary>Says how it went.</summary>
    public static void Answered(Activity? activity, int status)
    {
        activity?.SetTag(GatewayTraces.ResponseStatus, status);
        if (status >= 500)
        {
            activity.Fail(status.ToString(CultureInfo.InvariantCulture));
        }
    }
}
