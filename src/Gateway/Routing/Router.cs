using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Observability.Spans;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Sends messages and commands to the connections that a target names, on any node. The REST API reaches clients only through it. Every method
/// may fail with <see cref="BackplaneUnavailableException"/>.
/// </summary>
internal sealed class Router(LocalRouter local, IBackplane backplane, LiveTrace trace)
{
    /// <summary>The time that other nodes may take to answer; a frozen node never does.</summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Sends a message to every connection of the target. A target without connections is not an error.
    /// </summary>
    /// <returns>
    /// False, and nothing is sent, if the node is too far behind. Otherwise the task completes immediately, or, while other fan-outs are in
    /// progress, when this one has been written: that slows publishers, and closes no client. With other nodes it completes when the message is
    /// sent to them. With delivery at least once, no client gets it before it is certain that all will.
    /// </returns>
    public ValueTask<bool> SendAsync(HubName hub, Target target, OutboundMessage message) =>
        FanOutSpans.IsTraced ? SendTracedAsync(hub, target, message) : SendToAllNodesAsync(hub, target, message);

    private async ValueTask<bool> SendTracedAsync(HubName hub, Target target, OutboundMessage message)
    {
        using var activity = FanOutSpans.Send(hub, target);
        var isSent = await SendToAllNodesAsync(hub, target, message);
        if (!isSent)
        {
            activity.Fail("refused");
        }

        return isSent;
    }

    private ValueTask<bool> SendToAllNodesAsync(HubName hub, Target target, OutboundMessage message)
    {
        FanOutTelemetry.Accepted(trace, hub, target, message);
        var isForOthers = !backplane.IsAlone && !IsHere(hub, target);
        if (isForOthers && backplane.Delivery == DeliveryGuarantee.AtLeastOnce)
        {
            return SendSurelyAsync(hub, target, message);
        }

        var sent = SendHereAsync(hub, target, message, out var why);
        if (isForOthers && why != NoReceiver.NodeBehind)
        {
            return SendOnAsync(sent, why, hub, target, message);
        }

        if (why != NoReceiver.None)
        {
            UndeliveredMessages.Add(trace, Search(hub, target, message, why));
        }

        return sent;
    }

    /// <summary>Returns true if the target has a live connection.</summary>
    public async ValueTask<bool> ExistsAsync(HubName hub, Target target) =>
        local.Exists(hub, target) || (await AskAsync(hub, target, new ExistsOperation())).Any(IsTrue);

    /// <summary>Closes every connection of the target; the clients may reconnect.</summary>
    /// <returns>The number of connections.</returns>
    public async ValueTask<int> CloseAsync(HubName hub, Target target, string? reason)
    {
        var isHere = IsHere(hub, target);
        var closed = await local.CloseAsync(hub, target, reason);
        return isHere ? closed : closed + (await AskAsync(hub, target, new CloseOperation(reason))).Sum(RemoteAnswer.Number);
    }

    /// <summary>Adds a connection to a group; returns false if the connection does not exist.</summary>
    public async ValueTask<bool> AddToGroupAsync(HubName hub, string connectionId, string group)
    {
        if (local.AddToGroup(hub, connectionId, group))
        {
            // Another node may send the caller's next message to the group.
            await backplane.SettledAsync();
            return true;
        }

        return await AskOwnerAsync(hub, connectionId, new AddToGroupOperation(group, TracingId));
    }

    /// <summary>Removes a connection from a group; returns false if it was not in the group.</summary>
    public async ValueTask<bool> RemoveFromGroupAsync(HubName hub, string connectionId, string group) =>
        local.RemoveFromGroup(hub, connectionId, group)
        || (!IsHere(hub, Target.Connection(connectionId))
            && await AskOwnerAsync(hub, connectionId, new RemoveFromGroupOperation(group, TracingId)));

    /// <summary>Removes a connection from every group; returns false if the connection does not exist.</summary>
    public async ValueTask<bool> RemoveFromAllGroupsAsync(HubName hub, string connectionId) =>
        local.RemoveFromAllGroups(hub, connectionId)
        || await AskOwnerAsync(hub, connectionId, new RemoveFromAllGroupsOperation());

    /// <summary>Executes each command in turn for every connection of the hub that the filter selects now.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="filter">A filter that has been checked; null for all connections.</param>
    /// <param name="commands">The commands.</param>
    public async ValueTask ExecuteAsync(HubName hub, string? filter, IReadOnlyList<ExecuteCommand> commands)
    {
        await local.ExecuteAsync(hub, filter, commands);
        await AskAsync(hub, Target.All(), new ExecuteCommandsOperation(filter, commands));
        await backplane.SettledAsync();
    }

    /// <summary>Returns the present connections of a group.</summary>
    public async ValueTask<IReadOnlyList<GroupConnection>> MembersAsync(HubName hub, string group)
    {
        var members = local.Members(hub, group);
        foreach (var answer in await AskAsync(hub, Target.Group(group), new ListMembersOperation()))
        {
            members.AddRange(RemoteAnswer.Members(answer));
        }

        return members;
    }

    /// <summary>Asks the other nodes that have a connection of the target.</summary>
    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> AskAsync(HubName hub, Target target, RemoteOperation operation) =>
        AskAsync(hub, target, operation, AnswerTimeout, CancellationToken.None);

    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> AskAsync(
        HubName hub, Target target, RemoteOperation operation, TimeSpan limit, CancellationToken cancelled) => backplane.IsAlone
        ? new([])
        : backplane.AskAsync(hub, target, operation.Encode(), limit, cancelled);

    private long TracingId => trace.IsOn ? trace.Current : 0;

    private static bool IsTrue(ReadOnlyMemory<byte> answer) => RemoteAnswer.Number(answer) > 0;

    // A connection is on one node only.
    private bool IsHere(HubName hub, Target target) => target.Kind == TargetKind.Connection && local.Has(hub, target.Name);

    private async ValueTask<bool> AskOwnerAsync(HubName hub, string connectionId, RemoteOperation operation) =>
        (await AskAsync(hub, Target.Connection(connectionId), operation)).Any(IsTrue);

    private ValueTask<bool> SendHereAsync(HubName hub, Target target, OutboundMessage message, out NoReceiver why)
    {
        using var activity = FanOutSpans.Deliver(hub, target);
        return local.SendAsync(hub, target, message, out why);
    }

    private ReceiverSearch Search(HubName hub, Target target, OutboundMessage message, NoReceiver why) =>
        trace.IsOn ? new(hub, target, (int)why, message.Describe().Target, trace.Current, GatewaySpans.Current?.TraceId ?? default) : new(hub, target, (int)why, null, 0);

    private byte[] Encode(OutboundMessage message) => new SendOperation(message, TracingId, FanOutSpans.ForOthers(trace.HasViewers)).Encode();

    private async ValueTask<bool> SendSurelyAsync(HubName hub, Target target, OutboundMessage message)
    {
        if (local.IsBehind(target))
        {
            UndeliveredMessages.Add(trace, Search(hub, target, message, NoReceiver.NodeBehind));
            return false;
        }

        // Asked before sending: a client that leaves as soon as it has the message was a receiver. A stream does not reveal its readers.
        TaskCompletionSource<bool>? isSent = null;
        if (local.WhyNone(hub, target, message) is var nobody and not NoReceiver.None && backplane.Status.State != BackplaneStatus.Unavailable)
        {
            isSent = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = AskForReceiversAsync(Search(hub, target, message, nobody), message, isSent.Task);
        }

        try
        {
            await backplane.SendSurelyAsync(hub, target, Encode(message));
            using var activity = FanOutSpans.Deliver(hub, target);
            var why = await local.SendInTimeAsync(hub, target, message);
            isSent?.TrySetResult(why != NoReceiver.None);
        }
        finally
        {
            isSent?.TrySetResult(false);
        }

        return true;
    }

    private async ValueTask<bool> SendOnAsync(ValueTask<bool> sent, NoReceiver why, HubName hub, Target target, OutboundMessage message)
    {
        var search = why == NoReceiver.None ? default : Search(hub, target, message, why);
        var telling = why == NoReceiver.None ? backplane.TellAsync(hub, target, Encode(message)) : backplane.SeekAsync(search, Encode(message));
        var isSent = await sent;
        var told = await telling;
        if (told.IsUnclear)
        {
            _ = AskForReceiversAsync(search, message);
        }

        return told.IsSent
            ? isSent
            : throw new BackplaneUnavailableException(
                "Redis, through which the nodes reach each other, is unreachable, and too many messages wait for it. Clients of this node were served; call again");
    }

    // Asks the other nodes for a receiver of a message.
    private async Task AskForReceiversAsync(ReceiverSearch search, OutboundMessage message, Task<bool>? isSent = null)
    {
        var question = new ReachOperation(message.Outline()).Encode();
        if ((await backplane.SeekAsync(search, question, isSent)).IsUnclear)
        {
            await backplane.SeekAsync(search, question);
        }
    }
}
