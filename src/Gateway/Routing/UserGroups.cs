using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Routing.Operations;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Users in groups: every present and later connection of the user joins, until removal or expiry. What is stored and what live
/// connections are in changes together here.
/// </summary>
internal sealed partial class UserGroups(
    IUserGroupStore store, UserGroupSchedule schedule, ConnectionTable table, Router router, TimeProvider time, ILogger<UserGroups> logger)
{
    /// <summary>How long a membership without a time to live is kept: a year, as the REST API says of <c>ttl</c>.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(365);

    /// <summary>A client's handshake waits no longer for its groups than this.</summary>
    public static readonly TimeSpan LongestJoin = TimeSpan.FromSeconds(2);

    // Many memberships may end in the same second.
    private const int ReadsAtOnce = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Adds a user. Zero as time to live joins the present connections only and stores nothing.
    /// </summary>
    public async ValueTask AddAsync(HubName hub, string user, string group, TimeSpan? timeToLive, CancellationToken cancellation)
    {
        var membership = new UserGroup(hub, user, group);
        DateTimeOffset? end = null;
        if (timeToLive != TimeSpan.Zero)
        {
            // Stored first: a connection that comes now either finds it in the store or is found below.
            var expires = time.GetUtcNow() + (timeToLive is { } given && given < LongestLife ? given : LongestLife);
            await store.AddAsync(hub, user, group, new Membership(expires, timeToLive is not null), cancellation);

            // Before joining, as an end of the same membership that is under way looks for it after leaving.
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

    /// <summary>Removes a user, and its connections, from every group, also from those joined by connection id (as the emulator).</summary>
    public async ValueTask RemoveFromAllAsync(HubName hub, string user, CancellationToken cancellation)
    {
        await store.RemoveAllAsync(hub, user, cancellation);
        RemoveFromAllHere(hub, user);
        await AskOthersAsync(new UserGroup(hub, user, ""), new UserLeftAllOperation());
    }

    /// <summary>Another node has stored a membership, until the end if it has one: connections of this node join.</summary>
    public async ValueTask AddHereAsync(UserGroup membership, DateTimeOffset? end)
    {
        if (end is { } expires)
        {
            schedule.Set(membership, expires);
        }

        JoinNow(membership);
        await table.Interest.SettledAsync();
    }

    /// <summary>A membership has ended: connections of this node leave.</summary>
    public void RemoveHere(UserGroup membership)
    {
        schedule.Remove(membership);
        LeaveNow(membership);
    }

    /// <summary>A user's memberships have ended: connections of this node leave every group.</summary>
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

    /// <summary>Whether the user is in the group: stored, or by one of its connections.</summary>
    public async ValueTask<bool> IsMemberAsync(HubName hub, string user, string group, CancellationToken cancellation) =>
        IsMemberHere(new UserGroup(hub, user, group))
        || (await store.GroupsOfAsync(hub, user, cancellation)).ContainsKey(group)
        || (await router.AskAsync(hub, Target.User(user), new IsUserInGroupOperation(group)))
            .Any(static answer => RemoteAnswer.Number(answer) > 0);

    /// <summary>Whether a connection of the user's on this node is in the group.</summary>
    public bool IsMemberHere(UserGroup membership) =>
        table.FindHub(membership.Hub)?.Members(Target.User(membership.User)).Any(connection => connection.Groups.Names().Contains(membership.Group)) ?? false;

    /// <summary>
    /// Lets a new connection join its user's groups. It is addressable already, so that no change is missed. Ends when it has joined, or the
    /// store is away or too slow; then it joins as soon as the store is back. Throws nothing.
    /// </summary>
    public ValueTask JoinStoredAsync(ClientConnection connection)
    {
        if (connection.UserId is not { } user)
        {
            return default;
        }

        var joined = JoinNowOrLaterAsync(connection, user);
        return joined.IsCompleted ? default : new ValueTask(Task.WhenAny(joined, Task.Delay(LongestJoin, time)));
    }

    /// <summary>Takes connections out of the groups whose time is over.</summary>
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

    /// <summary>Ends when the store has answered; forgets reminders of users who have left.</summary>
    public ValueTask ProbeAsync(CancellationToken cancellation)
    {
        schedule.Prune(membership => table.FindHub(membership.Hub)?.FindSet(TargetKind.User, membership.User) is not null);
        return store.ProbeAsync(cancellation);
    }

    /// <summary>How often to clean up.</summary>
    public TimeSpan CleanUpInterval => store.CleanUpInterval;

    /// <summary>Deletes what has expired, for all nodes.</summary>
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
            // Nobody could have prolonged it here; leaving late would be worse than leaving early.
        }

        foreach (var membership in due)
        {
            if (groups.TryGetValue(membership.Group, out var later))
            {
                // Prolonged, by whatever node.
                schedule.SetNoLater(membership, later);
                continue;
            }

            LeaveNow(membership);
            if (schedule.Contains(membership))
            {
                // It was added anew since the store was asked, and what joined may just have left.
                JoinNow(membership);
            }
        }
    }

    private async Task JoinNowOrLaterAsync(ClientConnection connection, string user)
    {
        if (!await TryJoinAsync(connection, user))
        {
            // Nobody waits for that: the client is here without its groups meanwhile.
            _ = KeepJoiningAsync(connection, user);
        }
    }

    private async Task KeepJoiningAsync(ClientConnection connection, string user)
    {
        var pause = FirstPause;
        do
        {
            await Task.Delay(pause, time);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
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
            // The store has said why.
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

        // A removal between reading and joining found nothing to remove.
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
            "Connection {ConnectionId} could not join its user's groups; it is tried again.",
            EventName = "UserGroupsNotJoined")]
        public static partial void JoinFailed(ILogger logger, Exception exception, string connectionId);
    }
}
