using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Observability.Spans;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Delivery;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch;

/// <summary>What happens with each hub message of a client (docs/contract/hub-protocol.md#client-messages-in-serverless-mode).</summary>
internal sealed partial class HubDispatcher(
    UpstreamDelivery upstream,
    AccessKeys keys,
    INodeLedger ledger,
    NodeBudget budget,
    IHostApplicationLifetime lifetime,
    IOptions<UpstreamOptions> options,
    LiveTrace trace,
    QueuedBytes queued,
    TimeProvider time,
    ILogger<HubDispatcher> logger)
{
    private const string InternalError = "internal";
    private const string UploadUnsupported = "Invocation failed, streams from the client are not supported in serverless mode.";

    private int _callsUnderWay;
    private int _messagesUnderWay;

    /// <summary>Bytes of messages that may wait for a connection's earlier calls.</summary>
    public int QueueBytes { get; } = options.Value.QueueBytes;

    /// <summary>Who listens to what happens.</summary>
    public LiveTrace Trace { get; } = trace;

    /// <summary>Streams that a connection may have open.</summary>
    public int MaxStreams { get; } = options.Value.MaxStreams;

    /// <summary>Streams that each user has open.</summary>
    public UserStreams UserStreams { get; } = new(options.Value.MaxStreamsPerUser ?? budget.StreamsPerUser);

    /// <summary>Connections with an upstream call under way; shutting down waits for zero.</summary>
    public int CallsUnderWay => Volatile.Read(ref _callsUnderWay);

    /// <summary>Now, where some template's functions are told.</summary>
    public long TimeOfEvent() => upstream.IsMarking ? time.GetUtcNow().UtcTicks : 0;

    /// <summary>What the node holds.</summary>
    public QueuedBytes Queued { get; } = queued;

    /// <summary>Opens a connection's way upstream.</summary>
    public ConnectionDispatcher Open(ClientConnection connection) =>
        new(connection, this, new UpstreamSender(connection, keys));

    /// <summary>Acts on one message. Never waits.</summary>
    public static void Dispatch(ConnectionDispatcher way, HubProtocol protocol, in HubMessage message)
    {
        var connection = way.Connection;
        switch (message.Type)
        {
            case HubMessageType.Invocation or HubMessageType.StreamInvocation when message.Target!.Length > HubMessageLimits.TargetLength:
                way.RefuseTarget(protocol, in message);
                break;
            case HubMessageType.Invocation when !message.HasStreamIds:
                way.Invoke(protocol, in message);
                break;
            case HubMessageType.StreamInvocation when !message.HasStreamIds && message.InvocationId is not null:
                way.InvokeStream(protocol, in message);
                break;
            case HubMessageType.CancelInvocation:
                way.CancelStream(message.InvocationId);
                break;
            case HubMessageType.Invocation:
            case HubMessageType.StreamInvocation:
                if (message.InvocationId is { } id)
                {
                    connection.Send(Frames.Error(protocol, id, UploadUnsupported));
                }

                way.Unsupported(message.Target!, UploadUnsupported);

                break;
            case HubMessageType.Completion:
                connection.Answered(protocol, in message);
                break;
            case HubMessageType.Ping:
                connection.HasPinged = true;
                break;
            case HubMessageType.Close:
                connection.CloseByClient(message.Error);
                break;
            default:
                // Items of streams that nobody reads, unknown types: ignored by both peers.
                break;
        }
    }

    /// <summary>Makes one upstream call and sends its completion. Throws nothing.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask CallAsync(ConnectionDispatcher way, PendingCall call)
    {
        if (call.Stream is { } stream)
        {
            // In line until the upstream has taken it; its items come beside the connection's later calls.
            _ = StreamAsync(way, call);
            await stream.Head;
            return;
        }

        var whole = true;
        using var activity = Enter(call);
        try
        {
            if (way.WhyOver is not null)
            {
                NotForwarded(way, call);
                return;
            }

            if (call.After is { } after)
            {
                await after;
            }

            if (call.IsConnected)
            {
                // Last of all: whoever dies before has told nobody, and nobody tells its end.
                await ledger.AddAsync(way.Sender.ToLedger(way.Connection.Hub));
            }

            if ((call.IsConnected || call.IsDisconnected)
                && !await ledger.IsOwnAsync(way.Sender.ConnectionId, lifetime.ApplicationStopping))
            {
                // The others have told the upstream of its end.
                way.WhyOver = UndeliveredEvents.NodeGivenUp;
                return;
            }

            var mark = new EventMark(way.NextSequence(), call.Time, Trace.IdOf(call.TraceNumber));
            using var outcome = await upstream.SendAsync(
                way.Sender, call.Category, call.EventName, call.Body, call.ContentType, wantsBody: call.InvocationId is not null, mark);
            Count(way, call, in outcome);
            InvocationSpans.End(activity, in outcome);
            whole = outcome.Result == UpstreamResult.Answered;
            if (call.InvocationId is { } id && way.Connection is { Protocol: { } protocol } connection)
            {
                connection.Send(CompletionFrames.From(protocol, id, in outcome, About(way, call, in outcome)));
                if (Trace.IsOn)
                {
                    CallLiveTrace.Completed(Trace, connection, call, in outcome);
                }
            }
            else if (call.IsConnected)
            {
                ActOnConnected(way, in outcome);
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            whole = false;
            activity.Fail(InternalError);
            CountFailed(way, call);
            Log.CallFailed(logger, exception);
            if (call.InvocationId is { } id && way.Connection is { Protocol: { } protocol } connection)
            {
                connection.Send(Frames.Error(protocol, id, "Invocation failed, status code 500"));
            }
        }
        finally
        {
            if (call.IsDisconnected)
            {
                ledger.Remove(way.Sender.ConnectionId);
            }

            Done(call);

            // A request that was cut off may still be read by the HTTP client: its buffer is left to the garbage collector.
            if (whole)
            {
                call.Release();
            }
        }
    }

    /// <summary>Makes the upstream call of a stream and passes on what it answers. Throws nothing.</summary>
    internal async Task StreamAsync(ConnectionDispatcher way, PendingCall call)
    {
        var stream = call.Stream!;
        var whole = true;
        using var activity = Enter(call);
        CallStarted();
        try
        {
            if (way.WhyOver is null)
            {
                var mark = new EventMark(way.NextSequence(), call.Time, Trace.IdOf(call.TraceNumber));
                using var outcome = await upstream.SendAsync(
                    way.Sender, call.Category, call.EventName, call.Body, call.ContentType, wantsBody: false, mark, stream);
                Count(way, call, in outcome);
                InvocationSpans.End(activity, in outcome);
                whole = outcome.Result == UpstreamResult.Answered;

                // Before the client learns of it, and may open the next.
                way.StreamEnded(stream);
                stream.End(in outcome, About(way, call, in outcome));
                if (Trace.IsOn)
                {
                    CallLiveTrace.Completed(Trace, way.Connection, call, in outcome);
                }
            }
            else
            {
                NotForwarded(way, call);
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            whole = false;
            activity.Fail(InternalError);
            CountFailed(way, call);
            Log.CallFailed(logger, exception);
            way.Connection.Send(Frames.Error(way.Connection.Protocol!, stream.InvocationId, "Invocation failed, status code 500"));
        }
        finally
        {
            stream.OnHead();
            way.StreamEnded(stream);
            CallEnded();
            Done(call);
            if (whole)
            {
                call.Release();
            }
        }
    }

    internal void CallStarted() => Interlocked.Increment(ref _callsUnderWay);

    internal void CallEnded() => Interlocked.Decrement(ref _callsUnderWay);

    // The service's text names neither; the app's negotiate decides which clients may know more.
    private string? About(ConnectionDispatcher way, PendingCall call, in UpstreamOutcome outcome) =>
        way.Connection.Identity.DetailedErrors && outcome is not { Result: UpstreamResult.Answered, Status: 200 or 204 }
            ? upstream.About(way.Sender.Hub, call.Category, call.EventName)
            : null;

    // What the call does belongs to its span.
    private static Activity? Enter(PendingCall call)
    {
        if (call.Activity is { } activity)
        {
            Activity.Current = activity;
        }

        return call.Activity;
    }

    /// <summary>A client's message goes nowhere.</summary>
    /// <param name="connection">The client's.</param>
    /// <param name="target">The method that it calls; null if that cannot be known.</param>
    /// <param name="reason">A reason of undelivered events.</param>
    /// <param name="why">The same in a sentence.</param>
    internal void NotForwarded(ClientConnection connection, string? target, string reason, string why)
    {
        UndeliveredEvents.Count(UpstreamCategories.Messages, reason);
        if (Trace.IsOn)
        {
            CallLiveTrace.NotForwarded(Trace, connection, Trace.IdOf(Trace.NextNumber()), target, reason, why);
        }
    }

    /// <summary>
    /// A call is in line; it is under way until <see cref="CallAsync"/> is through with it, and counts for the node until then, also where
    /// its client has gone: what a client has sent goes upstream.
    /// </summary>
    internal void Accepted(PendingCall call)
    {
        Queued.Add(call.Cost);
        Interlocked.Add(ref _messagesUnderWay, call.Category == UpstreamCategories.Messages ? 1 : 0);
    }

    /// <summary>What is under way is given up, as the node has no more time.</summary>
    /// <returns>How many messages of clients that cuts off.</returns>
    internal int CutOff()
    {
        var messages = Math.Max(0, Volatile.Read(ref _messagesUnderWay));
        for (var i = 0; i < messages; i++)
        {
            UndeliveredEvents.Count(UpstreamCategories.Messages, UndeliveredEvents.NodeStopping);
        }

        return messages;
    }

    private void Done(PendingCall call)
    {
        Queued.Remove(call.Cost);
        Interlocked.Add(ref _messagesUnderWay, call.Category == UpstreamCategories.Messages ? -1 : 0);
    }

    private void NotForwarded(ConnectionDispatcher way, PendingCall call)
    {
        // That the upstream is not told of the end of a connection that it refused, or that others have told of, is as it should be.
        if (call.Category != UpstreamCategories.Messages)
        {
            return;
        }

        var reason = way.WhyOver!;
        UndeliveredEvents.Count(call.Category, reason);
        if (Trace.IsOn)
        {
            CallLiveTrace.NotForwarded(
                Trace,
                way.Connection,
                Trace.IdOf(call.TraceNumber),
                call.EventName,
                reason,
                reason == UndeliveredEvents.NodeGivenUp
                    ? "Other nodes have given this one up and told the upstream of the connection's end: nothing more of it goes there."
                    : "The upstream refused the connection, which is closing: nothing more of it goes there.");
        }
    }

    private void CountFailed(ConnectionDispatcher way, PendingCall call)
    {
        UndeliveredEvents.Count(call.Category, UndeliveredEvents.Internal);
        if (Trace.IsOn)
        {
            CallLiveTrace.NotForwarded(
                Trace, way.Connection, Trace.IdOf(call.TraceNumber), call.EventName, UndeliveredEvents.Internal, "The gateway itself failed; its log says how.");
        }
    }

    // Messages of clients are metered; the events of connections are the gateway's own housekeeping.
    private static void Count(ConnectionDispatcher way, PendingCall call, in UpstreamOutcome outcome)
    {
        UndeliveredEvents.Count(call.Category, in outcome);
        if (call.Category == UpstreamCategories.Messages && outcome.WasSent)
        {
            // The body goes without the framing, which is part of a message's size.
            var bytes = call.Body.Length;
            way.Connection.Meter.ToUpstreams.Add(Traffic.OfMessage(bytes + way.Connection.Protocol!.FramingBytes(bytes)));
        }
    }

    private void ActOnConnected(ConnectionDispatcher way, in UpstreamOutcome outcome)
    {
        if (outcome.Status is 401 or 403)
        {
            way.WhyOver = UndeliveredEvents.ConnectionRefused;
            way.Connection.Close(
                CloseReason.RefusedByUpstream,
                $"Connection refused by the upstream, status code {outcome.Status}.");
        }
        else if (!outcome.IsSuccess
            && outcome.Status != 404
            && outcome.Result != UpstreamResult.NoTemplate
            && options.Value.OnConnectedFailure == OnConnectedFailure.Close)
        {
            way.Connection.Close(CloseReason.UpstreamFailed, "Connection closed because its upstream failed.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Dispatch + 1, LogLevel.Error, "An upstream call failed in the gateway itself.", EventName = "CallFailed")]
        public static partial void CallFailed(ILogger logger, Exception exception);
    }
}
