using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Observability.Spans;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>
/// The span of a client's call, from the moment it was read to its completion: part of the trace that the client says, or the first of
/// one. A connection has no span of its own life; its calls are linked to the short one of its <c>connected</c> event.
/// </summary>
internal static class InvocationSpans
{
    private const int MostMethodChars = 128;

    private static readonly SearchValues<char> MethodChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    /// <summary>Begins the span of a message; null if nobody listens, or it is not in the sample.</summary>
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

    /// <summary>Begins the span of a connection's coming or going; null if nobody listens, or it is not in the sample.</summary>
    public static Activity? StartEvent(ClientConnection connection, string eventName, ActivityLink[]? links) =>
        GatewaySpans.IsOn ? Start(connection, eventName, default, links) : null;

    /// <summary>What later spans of a connection are linked to; null if there is nothing.</summary>
    public static ActivityLink[]? LinkTo(Activity? connected) =>
        connected is { Recorded: true } ? [new ActivityLink(connected.Context)] : null;

    /// <summary>Says how it went and ends the span.</summary>
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

    // A client may call its target anything, of any length; what looks like a method's name is one.
    private static string NameOf(string target) =>
        target.Length is > 0 and <= MostMethodChars && !target.AsSpan().ContainsAnyExcept(MethodChars) ? target : GatewaySpans.Other;
}
