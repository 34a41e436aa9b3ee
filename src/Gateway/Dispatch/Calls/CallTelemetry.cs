using System.Diagnostics;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Observability.Spans;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>
/// Reports clients' calls: each method is one thing that happened, and writes the span, the live trace, the count of undelivered events
/// and the log. Without a listener it allocates nothing.
/// </summary>
internal sealed partial class CallTelemetry(LiveTrace liveTrace, ILogger<CallTelemetry> logger)
{
    private const string InternalError = "internal";

    /// <summary>A client has sent a message: begins its span, and gives it a number in the live trace.</summary>
    public void Received(Caller caller, PendingCall call, HubProtocol protocol, in HubMessage message)
    {
        call.Span = InvocationSpans.Start(caller.Connection, protocol, in message, caller.Links);
        Number(caller, call);
    }

    /// <summary>A connection has opened or ended: begins the event's span, to which the spans of an opened connection are linked.</summary>
    public void Received(Caller caller, PendingCall call)
    {
        call.Span = InvocationSpans.StartEvent(caller.Connection, call.EventName, caller.Links);
        if (call.IsConnected)
        {
            caller.Links = InvocationSpans.LinkTo(call.Span);
        }

        Number(caller, call);
    }

    /// <summary>Makes the call's span the current one.</summary>
    /// <returns>The span, to be disposed of when the call has ended; null when there is none.</returns>
    public static Activity? Enter(PendingCall call)
    {
        if (call.Span is { } span)
        {
            Activity.Current = span;
        }

        return call.Span;
    }

    /// <summary>Returns a call's id in the live trace; 0 without a viewer.</summary>
    public long TracingIdOf(PendingCall call) => liveTrace.IdOf(call.LiveTraceNumber);

    /// <summary>The upstream has answered a call, or cannot.</summary>
    public static void Ended(PendingCall call, in UpstreamOutcome outcome)
    {
        UndeliveredEvents.Count(call.Category, in outcome);
        InvocationSpans.End(call.Span, in outcome);
    }

    /// <summary>A client has been sent its completion.</summary>
    public void CompletionSent(Caller caller, PendingCall call, in UpstreamOutcome outcome)
    {
        if (liveTrace.IsOn)
        {
            CallLiveTrace.Completed(liveTrace, caller.Connection, call, in outcome);
        }
    }

    /// <summary>A call was not sent because of <see cref="Caller.WhyOver"/>.</summary>
    public void NotForwarded(Caller caller, PendingCall call)
    {
        // An event of a connection whose end the upstream has refused to learn, or knows, is not missed.
        if (call.IsEvent)
        {
            return;
        }

        var reason = caller.WhyOver!;
        UndeliveredEvents.Count(call.Category, reason);
        if (liveTrace.IsOn)
        {
            var why = reason == UndeliveredEvents.NodeGivenUp
                ? "Other nodes have given this one up and told the upstream of the connection's end: nothing more of it goes there."
                : "The upstream refused the connection, which is closing: nothing more of it goes there.";
            CallLiveTrace.NotForwarded(liveTrace, caller.Connection, TracingIdOf(call), call.EventName, reason, why);
        }
    }

    /// <summary>A client's message was refused before it became a call.</summary>
    /// <param name="connection">The client's connection.</param>
    /// <param name="target">The method that the client calls; null when it cannot be known.</param>
    /// <param name="reason">A reason of undelivered events.</param>
    /// <param name="why">The same in a sentence.</param>
    public void Refused(ClientConnection connection, string? target, string reason, string why)
    {
        UndeliveredEvents.Count(UpstreamCategories.Messages, reason);
        if (liveTrace.IsOn)
        {
            CallLiveTrace.NotForwarded(liveTrace, connection, liveTrace.IdOf(liveTrace.NextNumber()), target, reason, why);
        }
    }

    /// <summary>A call failed in the gateway itself.</summary>
    public void Failed(Caller caller, PendingCall call, Exception exception)
    {
        call.Span.Fail(InternalError);
        UndeliveredEvents.Count(call.Category, UndeliveredEvents.Internal);
        if (liveTrace.IsOn)
        {
            CallLiveTrace.NotForwarded(
                liveTrace,
                caller.Connection,
                TracingIdOf(call),
                call.EventName,
                UndeliveredEvents.Internal,
                "The gateway itself failed; its log says how.");
        }

        Log.CallFailed(logger, exception);
    }

    private void Number(Caller caller, PendingCall call)
    {
        if (liveTrace.IsOn)
        {
            call.LiveTraceNumber = CallLiveTrace.Received(liveTrace, caller.Connection, call);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.Dispatch + 1, LogLevel.Error, "An upstream call failed in the gateway itself.", EventName = "CallFailed")]
        public static partial void CallFailed(ILogger logger, Exception exception);
    }
}
