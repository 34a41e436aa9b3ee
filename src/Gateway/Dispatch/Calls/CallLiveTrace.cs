using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>Writes clients' messages and their answers to the live trace. Called only while it has a viewer.</summary>
internal static class CallLiveTrace
{
    /// <summary>Returns the number of a new call, and writes the event of a client's message.</summary>
    public static uint Received(LiveTrace trace, ClientConnection connection, PendingCall call)
    {
        var number = trace.NextNumber();
        var about = connection.About(LiveTraceCategory.Messaging, trace.IdOf(number)) with { TraceId = call.Span?.TraceId ?? default };
        if (call.Category == UpstreamCategories.Messages && trace.Wants(in about))
        {
            trace.Emit(in about, connection.Event(in about, LogLevel.Information, "MessageReceived", $"The client calls '{call.EventName}'.") with
            {
                Target = call.EventName,
                InvocationId = call.InvocationId,
                MessageType = call.Stream is null ? "InvocationMessage" : "StreamInvocationMessage",
                Bytes = call.Body.Length,
                Body = trace.WantsBodies ? LiveTraceBody.From(call.Body.Span, connection.Protocol!.IsBinary, trace.Mask) : null,
            });
        }

        return number;
    }

    /// <summary>Writes that a client has been sent its answer.</summary>
    public static void Completed(LiveTrace trace, ClientConnection connection, PendingCall call, in UpstreamOutcome outcome)
    {
        var about = connection.About(LiveTraceCategory.Messaging, trace.IdOf(call.LiveTraceNumber));
        if (trace.Wants(in about))
        {
            var isGood = outcome.IsSuccess;
            var body = isGood && trace.WantsBodies && outcome.Body.Length > 0 ? LiveTraceBody.From(outcome.Body, connection.Protocol!.IsBinary, trace.Mask) : null;
            trace.Emit(in about, connection.Event(
                in about,
                isGood ? LogLevel.Information : LogLevel.Warning,
                "CompletionSent",
                isGood ? "The client is sent the result." : "The client is sent an error.") with
            {
                Target = call.EventName,
                InvocationId = call.InvocationId,
                MessageType = "CompletionMessage",
                Reason = outcome.ReasonTag(),
                Body = body,
            });
        }
    }

    /// <summary>Writes that a client's message is not sent to an upstream.</summary>
    public static void NotForwarded(LiveTrace trace, ClientConnection connection, long tracingId, string? target, string reason, string why)
    {
        var about = connection.About(LiveTraceCategory.Messaging, tracingId);
        if (trace.Wants(in about))
        {
            trace.Emit(in about, connection.Event(in about, LogLevel.Warning, "MessageNotForwarded", why) with { Target = target, Reason = reason });
        }
    }
}
