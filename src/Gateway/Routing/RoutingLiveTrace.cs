using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Routing;

/// <summary>Emits the live trace's events about messages to clients. Called only while the live trace is on.</summary>
internal static class RoutingLiveTrace
{
    // The maximum of delivery events for one message. A viewer that watches single connections gets an event for each of them.
    private const int MaxDeliveries = 20;

    /// <summary>Emits that a message is about to be sent.</summary>
    public static void Sending(LiveTrace trace, HubName hub, Target target, OutboundMessage message)
    {
        var about = About(trace.Current, hub, target);
        if (trace.Wants(in about))
        {
            var (name, body, isBinary) = message.Describe();
            trace.Emit(in about, new LiveTraceEvent(in about, LogLevel.Information, "MessageAccepted", $"A message to {InWords(target)}.") with
            {
                Target = name,
                MessageType = MessageTypeOf(target.Kind),
                Bytes = body.Length,
                Body = trace.WantsBodies ? LiveTraceBody.From(body.Span, isBinary, trace.Mask) : null,
            });
        }
    }

    /// <summary>Emits that a message has been sent to this node's connections of its target.</summary>
    public static void Sent(LiveTrace trace, HubConnections connections, HubName hub, Target target, MemberSet? members, OutboundMessage message)
    {
        var receivers = members?.Count ?? 1;
        var about = About(trace.Current, hub, target);
        if (trace.Wants(in about))
        {
            trace.Emit(in about, new LiveTraceEvent(in about, LogLevel.Information, "FanOut", $"{receivers} receivers on this node, including excluded ones.") with
            {
                Target = message.Describe().Target,
                MessageType = MessageTypeOf(target.Kind),
                Receivers = receivers,
            });
        }

        foreach (var sink in trace.Sinks)
        {
            Deliveries(trace, sink, connections, target, members, message);
        }
    }

    /// <summary>Emits that a message has no receiver on any node.</summary>
    public static void Undelivered(LiveTrace trace, ReceiverSearch search)
    {
        var (why, target) = ((NoReceiver)search.Reason, search.Target);
        var about = About(search.TracingId, search.Hub, target) with { TraceId = search.TraceId };
        if (trace.Wants(in about))
        {
            trace.Emit(in about, new LiveTraceEvent(in about, LogLevel.Warning, "MessageUndelivered", UndeliveredMessages.TextOf(why, target)) with
            {
                Target = search.Method,
                MessageType = MessageTypeOf(target.Kind),
                Reason = UndeliveredMessages.ReasonOf(why),
                Receivers = 0,
            });
        }
    }

    /// <summary>Emits that a connection has joined or left a group.</summary>
    public static void Group(LiveTrace trace, ClientConnection connection, string group, bool hasJoined)
    {
        var about = connection.About(LiveTraceCategory.Messaging, trace.Current, group);
        if (trace.Wants(in about))
        {
            trace.Emit(in about, connection.Event(
                in about,
                LogLevel.Information,
                hasJoined ? "GroupJoined" : "GroupLeft",
                hasJoined ? $"The connection is in the group '{group}'." : $"The connection has left the group '{group}'.") with
            {
                MessageType = hasJoined ? "JoinGroupWithAckMessage" : "LeaveGroupWithAckMessage",
            });
        }
    }

    private static void Deliveries(
        LiveTrace trace, ILiveTraceSink sink, HubConnections connections, Target target, MemberSet? members, OutboundMessage message)
    {
        if ((sink.Filter.Categories & LiveTraceCategory.Messaging) == 0)
        {
            return;
        }

        var told = 0;
        foreach (var connection in Candidates(sink, connections, target, members))
        {
            var isExcluded = target.Excluded.Count > 0 && target.Excluded.Contains(connection.Id);
            var about = connection.About(LiveTraceCategory.Messaging, trace.Current, target.Kind == TargetKind.Group ? target.Name : null);
            if ((isExcluded && !sink.Filter.IsNarrow) || !sink.Accepts(in about))
            {
                continue;
            }

            trace.Emit(sink, isExcluded ? NotDelivered(connection, about, message) : Delivered(connection, about, message));
            if (++told >= MaxDeliveries && !sink.Filter.IsNarrow)
            {
                break;
            }
        }
    }

    private static IEnumerable<ClientConnection> Candidates(ILiveTraceSink sink, HubConnections connections, Target target, MemberSet? members)
    {
        if (members is null)
        {
            return connections.Find(target.Name) is { } one ? [one] : [];
        }

        if (sink.Connections is { } ids)
        {
            return ids.Select(connections.Find).OfType<ClientConnection>().Where(members.Contains);
        }

        return sink.Filter.User is { } user
            ? (connections.FindSet(TargetKind.User, user)?.Snapshot() ?? []).Where(members.Contains)
            : members.First(MaxDeliveries + target.Excluded.Count);
    }

    private static LiveTraceEvent Delivered(ClientConnection connection, in LiveTraceSubject about, OutboundMessage message)
    {
        var frame = connection.Protocol is { } protocol ? message.FrameFor(protocol) : null;
        return frame is null
            ? NotDelivered(connection, about, message)
            : connection.Event(in about, LogLevel.Information, "MessageDelivered", $"Handed to the client's transport; {connection.BytesWaiting} bytes wait for it.") with
            {
                Target = message.Describe().Target,
                MessageType = "InvocationMessage",
                Bytes = frame.Payload.Length,
            };
    }

    private static LiveTraceEvent NotDelivered(ClientConnection connection, in LiveTraceSubject about, OutboundMessage message)
    {
        var hasForm = connection.Protocol is { } protocol && message.FrameFor(protocol) is not null;
        var why = hasForm ? NoReceiver.Excluded : NoReceiver.NoForm;
        return connection.Event(
            in about, LogLevel.Warning, "MessageUndelivered", hasForm ? "The connection is excluded." : UndeliveredMessages.TextOf(why, default)) with
        {
            Target = message.Describe().Target,
            Reason = UndeliveredMessages.ReasonOf(why),
        };
    }

    private static LiveTraceSubject About(long tracingId, HubName hub, Target target) => new(
        LiveTraceCategory.Messaging,
        hub.Value,
        target.Kind == TargetKind.Connection ? target.Name : null,
        target.Kind == TargetKind.User ? target.Name : null,
        target.Kind == TargetKind.Group ? target.Name : null,
        tracingId,
        IsDiagnostic: false);

    private static string InWords(Target target) => target.Kind switch
    {
        TargetKind.All => "all clients of the hub",
        TargetKind.Group => $"the group '{target.Name}'",
        TargetKind.User => $"the user '{target.Name}'",
        _ => $"the connection '{target.Name}'",
    } + (target.Excluded.Count > 0 ? $", except {target.Excluded.Count} excluded connections" : "");

    private static string MessageTypeOf(TargetKind kind) => kind switch
    {
        TargetKind.All => "BroadcastDataMessage",
        TargetKind.Group => "GroupBroadcastDataMessage",
        TargetKind.User => "UserDataMessage",
        _ => "MultiConnectionDataMessage",
    };
}
