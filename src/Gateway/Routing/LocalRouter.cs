using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Routing.Filters;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Routing;

/// <summary>Sends messages and commands to the connections of this node that a target names.</summary>
internal sealed class LocalRouter(ConnectionTable table, FanOutGate gate, LiveTrace trace)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Sends a message to every connection of the target. A target without connections is not an error.
    /// </summary>
    /// <returns>
    /// False, and nothing is sent, if the node is too far behind. Otherwise the task completes immediately, or, while other fan-outs are in
    /// progress, when this one has been written: that slows publishers, and closes no client.
    /// </returns>
    /// <param name="hub">The hub.</param>
    /// <param name="target">The target.</param>
    /// <param name="message">The message.</param>
    /// <param name="why">The reason why it has no receiver here; none if it has one.</param>
    public ValueTask<bool> SendAsync(HubName hub, Target target, OutboundMessage message, out NoReceiver why)
    {
        why = UndeliveredMessages.NobodyIn(target.Kind);
        if (table.FindHub(hub) is not { } connections)
        {
            FanOutTelemetry.HubEmpty();
            return ValueTask.FromResult(true);
        }

        if (target.Kind == TargetKind.Connection)
        {
            why = SendToOne(connections, target.Name, message);
            FanOutTelemetry.Delivered(trace, connections, hub, target, null, message, why == NoReceiver.None ? 1 : 0);
            return ValueTask.FromResult(true);
        }

        if (connections.FindSet(target.Kind, target.Name) is not { Count: var count } members)
        {
            FanOutTelemetry.Delivered(trace, connections, hub, target, null, message, 0);
            return ValueTask.FromResult(true);
        }

        // Checked before sending: a client that leaves as soon as it has the message was a receiver.
        var whyNone = WhyNone(members, target, message);
        var sent = gate.SendAsync(members, message, target.Excluded);
        if (sent.IsCompletedSuccessfully && !sent.Result)
        {
            FanOutMetrics.Refused(target.Kind);
            why = NoReceiver.NodeBehind;
            return ValueTask.FromResult(false);
        }

        FanOutTelemetry.Delivered(trace, connections, hub, target, members, message, count);
        why = whyNone;
        return sent;
    }

    /// <summary>Sends a message that is already accepted; waits while the node is too far behind.</summary>
    /// <returns>The reason why it has no receiver here; none if it has one.</returns>
    public async ValueTask<NoReceiver> SendInTimeAsync(HubName hub, Target target, OutboundMessage message)
    {
        NoReceiver why;
        while (!await SendAsync(hub, target, message, out why))
        {
            await Task.Delay(LookAgain, TimeProvider.System);
        }

        return why;
    }

    /// <summary>Returns the reason why a message would have no receiver here; none if it would have one.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="target">The target.</param>
    /// <param name="message">The message, or its outline; null for one that every client can read.</param>
    public NoReceiver WhyNone(HubName hub, Target target, OutboundMessage? message)
    {
        var nobody = UndeliveredMessages.NobodyIn(target.Kind);
        if (table.FindHub(hub) is not { } connections)
        {
            return nobody;
        }

        if (target.Kind != TargetKind.Connection)
        {
            return connections.FindSet(target.Kind, target.Name) is { } members ? WhyNone(members, target, message) : nobody;
        }

        return connections.Find(target.Name) is not { Protocol: { } protocol, IsClosing: false } ? nobody
            : message is null || message.FrameFor(protocol) is not null ? NoReceiver.None
            : NoReceiver.NoForm;
    }

    /// <summary>Returns true if the node is too far behind to send to more than one connection, and counts the refusal.</summary>
    public bool IsBehind(Target target)
    {
        var isBehind = target.Kind != TargetKind.Connection && gate.IsFull;
        if (isBehind)
        {
            FanOutMetrics.Refused(target.Kind);
        }

        return isBehind;
    }

    /// <summary>Returns true if the target has a live connection.</summary>
    public bool Exists(HubName hub, Target target) =>
        table.FindHub(hub) is { } connections
        && (target.Kind == TargetKind.Connection
            ? connections.Find(target.Name) is { IsClosing: false }
            : connections.FindSet(target.Kind, target.Name)?.Count > 0);

    /// <summary>Returns true if a connection is on this node, closing or not.</summary>
    public bool Has(HubName hub, string connectionId) => table.FindHub(hub)?.Find(connectionId) is not null;

    /// <summary>Closes every connection of the target; the clients may reconnect.</summary>
    /// <returns>The number of connections.</returns>
    public async ValueTask<int> CloseAsync(HubName hub, Target target, string? reason)
    {
        if (target.Kind != TargetKind.Connection)
        {
            // One write per member takes too long for a thread that polls sockets.
            await Task.Yield();
        }

        var closed = 0;
        foreach (var connection in table.FindHub(hub)?.Members(target) ?? [])
        {
            connection.Close(CloseReason.ClosedByApi, reason);
            closed++;
        }

        return closed;
    }

    /// <summary>Adds a connection to a group; returns false if the connection is not on this node.</summary>
    public bool AddToGroup(HubName hub, string connectionId, string group) =>
        table.FindHub(hub) is { } connections
        && connections.Find(connectionId) is { } connection
        && connections.AddToGroup(connection, group)
        && Traced(connection, group, hasJoined: true);

    /// <summary>Removes a connection from a group; returns false if it was not in the group.</summary>
    public bool RemoveFromGroup(HubName hub, string connectionId, string group) =>
        table.FindHub(hub) is { } connections
        && connections.Find(connectionId) is { } connection
        && connections.RemoveFromGroup(connection, group)
        && Traced(connection, group, hasJoined: false);

    /// <summary>Removes a connection from every group; returns false if the connection is not on this node.</summary>
    public bool RemoveFromAllGroups(HubName hub, string connectionId)
    {
        if (table.FindHub(hub) is not { } connections || connections.Find(connectionId) is not { } connection)
        {
            return false;
        }

        connections.RemoveFromAllGroups(connection);
        return true;
    }

    /// <summary>Executes each command in turn for every connection of the hub that the filter selects now.</summary>
    public async ValueTask ExecuteAsync(HubName hub, string? filter, IReadOnlyList<ExecuteCommand> commands)
    {
        // Visiting every connection of the hub takes too long for a thread that polls sockets.
        await Task.Yield();
        if (table.FindHub(hub) is not { } connections)
        {
            return;
        }

        Func<ClientConnection, bool> isChosen = filter is null ? static _ => true : ConnectionFilter.Parse(filter);
        ClientConnection[] chosen = [.. connections.Members(Target.All()).Where(isChosen)];
        foreach (var command in commands)
        {
            foreach (var connection in chosen)
            {
                Execute(connections, connection, command);
            }
        }
    }

    private static void Execute(HubConnections connections, ClientConnection connection, ExecuteCommand command)
    {
        switch (command.Kind)
        {
            case ExecuteCommandKind.SendMessage:
                SendToOne(connections, connection.Id, command.Message!);
                break;
            case ExecuteCommandKind.JoinGroup:
                connections.AddToGroup(connection, command.Group!);
                break;
            case ExecuteCommandKind.LeaveGroup:
                connections.RemoveFromGroup(connection, command.Group!);
                break;
            default:
                connection.Close(CloseReason.ClosedByApi, command.Reason);
                break;
        }
    }

    /// <summary>Returns the present connections of a group.</summary>
    public List<GroupConnection> Members(HubName hub, string group) =>
        [.. (table.FindHub(hub)?.Members(Target.Group(group)) ?? []).Select(member => new GroupConnection(member.Id, member.UserId))];

    private bool Traced(ClientConnection connection, string group, bool hasJoined)
    {
        FanOutTelemetry.GroupChanged(trace, connection, group, hasJoined);
        return true;
    }

    private static NoReceiver WhyNone(MemberSet members, Target target, OutboundMessage? message) =>
        members.Count == 0 ? UndeliveredMessages.NobodyIn(target.Kind)
        : members.IsCoveredBy(target.Excluded) ? NoReceiver.Excluded
        : message is null || members.CanRead(message) ? NoReceiver.None
        : NoReceiver.NoForm;

    private static NoReceiver SendToOne(HubConnections connections, string connectionId, OutboundMessage message)
    {
        if (connections.Find(connectionId) is not { Protocol: { } protocol, IsClosing: false } connection)
        {
            return NoReceiver.ConnectionNotFound;
        }

        if (message.FrameFor(protocol) is not { } frame)
        {
            return NoReceiver.NoForm;
        }

        connection.Send(frame);
        return NoReceiver.None;
    }
}
