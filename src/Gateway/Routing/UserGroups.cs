using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Routing.Operations;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Maintains users in groups: every present and later connection of the user joins, until removal or expiry. It changes the store and the
/// groups of live connections together.
/// </summary>
internal sealed partial class UserGroups(
    IUserGroupStore store, UserGroupSchedule schedule, ConnectionTable table, Router router, TimeProvider time, ILogger<UserGroups> logger)
{
    /// <summary>The life of a membership without a time to live: a year, as the REST API documents for <c>ttl</c>.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromDays(365);

    /// <summary>The longest time for which a client's handshake waits for its groups.</summary>
    public static readonly TimeSpan MaxJoin = TimeSpan.FromSeconds(2);

    // Many memberships may expire in the same second.
    private const int ReadsAtOnce = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Adds a user to a group. With a time to live of zero only the present connections join, and nothing is stored.
    /// </summary>
    public async ValueTask AddAsync(HubName hub, string user, string group, TimeSpan? timeToLive, CancellationToken cancellation)
    {
        var membership = new UserGroup(hub, user, group);
        DateTimeOffset? end = null;
        if (timeToLive != TimeSpan.Zero)
        {
            // Stored first: a connection that opens now either finds the membership in the store or is found below.
            var expires = time.GetUtcNow() + (timeToLive is { } given && given < MaxLife ? given : MaxLife);
            await store.AddAsync(hub, user, group, new Membership(expires, timeToLive is not null), cancellation);

            // Before joining, since an expiry of the same membership that is under way checks the schedule after leaving.
            schedule.Set(membership, expires);
            end = expires;
        }

        JoinNow(membership);
        await AskOthersAsync(membership, new UserJoinedOperation(group, end));
        await table.Interest.SettledAsync();
    }

    /// <summary>Removes a user, and its connections, from a group.</summary>
    public async ValueTask RemoveAsync(HubName hub, string user, string group, CancellationToken cancellation)
    {
        await store.RemoveAsync(hub, user, group, cancellation);
        var membership = new UserGroup(hub, user, group);
        RemoveHere(membership);
        await AskOthersAsync(membership, new UserLeftOperation(group));
    }

    /// <summary>Removes a user, and its connections, from every group, including groups joined by connection id (as the emulator does).</summary>
    public async ValueTask RemoveFromAllAsync(HubName hub, string user, CancellationToken cancellation)
    {
        await store.RemoveAllAsync(hub, user, cancellation);
        RemoveFromAllHere(hub, user);
        await AskOthersAsync(new UserGroup(hub, user, ""), new UserLeftAllOperation());
    }

    /// <summary>Lets connections of this node join, because another node has stored a membership, which may have an end.</summary>
    public async ValueTask AddHereAsync(UserGroup membership, DateTimeOffset? end)
    {
        if (end is { } expires)
        {
            schedule.Set(membership, expires);
        }

        JoinNow(membership);
        await table.Interest.SettledAsync();
    }

    /// <summary>Lets connections of this node leave, because a membership has ended.</summary>
    public void RemoveHere(UserGroup membership)
    {
        schedule.Remove(membership);
        LeaveNow(membership);
    }

    /// <summary>Lets connections of this node leave every group, because all memberships of their user have ended.</summary>
    public void RemoveFromAllHere(HubName hub, string user)
    {
        if (table.FindHub(hub) is { } connections)
        {
            foreach (var connection in connections.Members(Target.User(user)))
            {
                foreach (var group in connection.Groups.Names())
                {
                    schedule.Remove(new UserGroup(hub, user, group));
                }

                connections.RemoveFromAllGroups(connection);
            }
        }
    }

    /// <summary>Returns true if the user is in the group: in the store, or by one of its connections.</summary>
    public async ValueTask<bool> IsMemberAsync(HubName hub, string user, string group, CancellationToken cancellation) =>
        IsMemberHere(new UserGroup(hub, user, group))
        || (await store.GroupsOfAsync(hub, user, cancellation)).ContainsKey(group)
        || (await router.AskAsync(hub, Target.User(user), new IsUserInGroupOperation(group)))
            .Any(static answer => RemoteAnswer.Number(answer) > 0);

    /// <summary>Returns true if a connection of the user on this node is in the group.</summary>
    public bool IsMemberHere(UserGroup membership) =>
        table.FindHub(membership.Hub)?.Members(Target.User(membership.User)).Any(connection => connection.Groups.Names().Contains(membership.Group)) ?? false;

    /// <summary>
    /// Lets a new connection join its user's groups. It is addressable already, so that no change is missed. Completes when it has joined, or
    /// the store is unreachable or too slow; it then joins as soon as the store is reachable. Does not throw.
    /// </summary>
    public ValueTask JoinStoredAsync(ClientConnection connection)
    {
        if (connection.UserId is not { } user)
        {
            return default;
        }

        var joined = JoinNowOrLaterAsync(connection, user);
        return joined.IsCompleted ? default : new ValueTask(Task.WhenAny(joined, Task.Delay(MaxJoin, time)));
    }

    /// <summary>Removes connections from groups whose membership has expired.</summary>
    public async ValueTask ExpireAsync(CancellationToken cancellation)
    {
        if (schedule.TakeDue(time.GetUtcNow()) is not { Count: > 0 } due)
        {
            return;
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(due.GroupBy(static membership => (membership.Hub, membership.User)), options, ExpireAsync);
    }

    private async ValueTask AskOthersAsync(UserGroup membership, RemoteOperation operation) =>
        await router.AskAsync(membership.Hub, Target.User(membership.User), operation);

    /// <summary>Completes when the store has answered. Removes the times of users without a connection.</summary>
    public ValueTask ProbeAsync(CancellationToken cancellation)
    {
        schedule.Prune(membership => table.FindHub(membership.Hub)?.FindSet(TargetKind.User, membership.User) is not null);
        return store.ProbeAsync(cancellation);
    }

    /// <summary>Gets the interval between two calls of <see cref="CleanUpAsync"/>.</summary>
    public TimeSpan CleanUpInterval => store.CleanUpInterval;

    /// <summary>Deletes expired memberships, for all nodes.</summary>
    public ValueTask CleanUpAsync(CancellationToken cancellation) => store.DeleteExpiredAsync(cancellation);

    private async ValueTask ExpireAsync(IGrouping<(HubName Hub, string User), UserGroup> due, CancellationToken cancellation)
    {
        var groups = NoGroups.Instance;
        try
        {
            groups = await store.GroupsOfAsync(due.Key.Hub, due.Key.User, cancellation);
        }
        catch (StoreUnavailableException)
        {
            // No node can have prolonged it meanwhile. Leaving the group late is worse than leaving it early.
        }

        foreach (var membership in due)
        {
            if (groups.TryGetValue(membership.Group, out var later))
            {
                // Some node has prolonged it.
                schedule.SetNoLater(membership, later);
                continue;
            }

            LeaveNow(membership);
            if (schedule.Contains(membership))
            {
                // It was added again since the store was read, and a connection that joined may just have left.
                JoinNow(membership);
            }
        }
    }

    private async Task JoinNowOrLaterAsync(ClientConnection connection, string user)
    {
        if (!await TryJoinAsync(connection, user))
        {
            // Not awaited: the client stays connected without its groups meanwhile.
            _ = KeepJoiningAsync(connection, user);
        }
    }

    private async Task KeepJoiningAsync(ClientConnection connection, string user)
    {
        var pause = FirstPause;
        do
        {
            await Task.Delay(pause, time);
            pause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
        }
        while (!connection.IsClosing && !await TryJoinAsync(connection, user));
    }

    private async ValueTask<bool> TryJoinAsync(ClientConnection connection, string user)
    {
        try
        {
            await JoinAsync(connection, user);
            return true;
        }
        catch (StoreUnavailableException)
        {
            // The store has logged the reason.
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.JoinFailed(logger, exception, connection.Id);
        }

        return false;
    }

    private async ValueTask JoinAsync(ClientConnection connection, string user)
    {
        var groups = await store.GroupsOfAsync(connection.Hub, user, CancellationToken.None);
        if (groups.Count == 0)
        {
            return;
        }

        var hub = table.Hub(connection.Hub);
        foreach (var (group, expires) in groups)
        {
            schedule.SetNoLater(new UserGroup(connection.Hub, user, group), expires);
            hub.AddToGroup(connection, group);
        }

        // A removal between reading and joining had no effect.
        var now = await store.GroupsOfAsync(connection.Hub, user, CancellationToken.None);
        foreach (var gone in groups.Keys.Where(group => !now.ContainsKey(group)))
        {
            hub.RemoveFromGroup(connection, gone);
        }
    }

    private void JoinNow(UserGroup membership)
    {
        var connections = table.Hub(membership.Hub);
        foreach (var connection in connections.Members(Target.User(membership.User)))
        {
            connections.AddToGroup(connection, membership.Group);
        }
    }

    private void LeaveNow(UserGroup membership)
    {
        if (table.FindHub(membership.Hub) is { } connections)
        {
            foreach (var connection in connections.Members(Target.User(membership.User)))
            {
                connections.RemoveFromGroup(connection, membership.Group);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Routing + 2,
            LogLevel.Error,
            "Connection {ConnectionId} could not join its user's groups; the gateway tries again.",
            EventName = "UserGroupsNotJoined")]
        public static partial void JoinFailed(ILogger logger, Exception exception, string connectionId);
    }
}
