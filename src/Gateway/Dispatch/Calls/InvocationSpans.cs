using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Observability.Spans;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>
/// Starts and ends the span of a client's call, which lasts from the reading of the call to its completion. The span is part of the trace
/// that the client sends, or the first of one. A connection has no span of its own; the spans of its calls are linked to the short one of
/// its <c>connected</c> event.
/// </summary>
internal static class InvocationSpans
{
    private const int MaxMethodChars = 128;

    private static readonly SearchValues<char> MethodChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    /// <summary>Starts the span of a message; null without a listener, or when it is not sampled.</summary>
    public static Activity? Start(ClientConnection connection, HubProtocol protocol, in HubMessage invocation, ActivityLink[]? links)
    {
        if (!GatewaySpans.IsOn)
        {
            return null;
        }

        var parent = invocation.Headers.IsEmpty
            ? default
            : TraceContext.Parse(
                protocol.FindHeader(invocation.Headers, TraceContext.Header), protocol.FindHeader(invocation.Headers, TraceContext.StateHeader));
        return Start(connection, NameOf(invocation.Target!), parent, links);
    }

    /// <summary>Starts the span of a connection event; null without a listener, or when it is not sampled.</summary>
    public static Activity? StartEvent(ClientConnection connection, string eventName, ActivityLink[]? links) =>
        GatewaySpans.IsOn ? Start(connection, eventName, default, links) : null;

    /// <summary>Returns the links of a connection's later spans; null when there are none.</summary>
    public static ActivityLink[]? LinkTo(Activity? connected) =>
        connected is { Recorded: true } ? [new ActivityLink(connected.Context)] : null;

    /// <summary>Marks the span of a call that failed.</summary>
    public static void End(Activity? activity, in UpstreamOutcome outcome)
    {
        if (activity is null)
        {
            return;
        }

        if (outcome.Result != UpstreamResult.Answered)
        {
            activity.Fail(outcome.Result.ErrorType());
        }
        else if (!outcome.IsSuccess)
        {
            activity.Fail(outcome.Status.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static Activity? Start(ClientConnection connection, string method, ActivityContext parent, ActivityLink[]? links)
    {
        var activity = GatewaySpans.StartDetached(GatewaySpans.Invocation, ActivityKind.Server, parent, links);
        if (activity is { IsAllDataRequested: true })
        {
            activity.DisplayName = $"{connection.Hub.Value}/{method}";
            activity.SetTag(GatewaySpans.RpcSystem, GatewaySpans.SignalR);
            activity.SetTag(GatewaySpans.RpcService, connection.Hub.Value);
            activity.SetTag(GatewaySpans.RpcMethod, method);
        }

        return activity;
    }

    // A client chooses the target's name and length; only a text in the form of a method's name is used.
    private static string NameOf(string target) =>
        target.Length is > 0 and <= MaxMethodChars && !target.AsSpan().ContainsAnyExcept(MethodChars) ? target : GatewaySpans.Other;
}
