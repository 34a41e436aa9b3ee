using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Users in groups: every present and later connection of the user joins, until removal or expiry. What is stored and what live
/// connections are in changes together here.
/// </summary>
internal sealed partial class UserGroups(
    IUserGroupStore store, UserGroupSchedule schedule, ConnectionTable table, TimeProvider time, ILogger<UserGroups> logger)
{
    /// <summary>How long a membership without a time to live is kept: a year, as the REST API says of <c>ttl</c>.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(365);

    /// <summary>A client's handshake waits no longer for its groups than this.</summary>
    public static readonly TimeSpan LongestJoin = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Adds a user. Zero as time to live joins the present connections only and stores nothing.
    /// </summary>
    public async ValueTask AddAsync(HubName hub, string user, string group, TimeSpan? timeToLive, CancellationToken cancellation)
    {
        var isStored = timeToLive != TimeSpan.Zero;
        var expires = time.GetUtcNow() + (timeToLive is { } given && given < LongestLife ? given : LongestLife);
        if (isStored)
        {
            // Stored first: a connection that comes now either finds it in the store or is found below.
            await store.AddAsync(hub, user, group, new Membership(expires, timeToLive is not null), cancellation);
        }

        var connections = table.Hub(hub);
        var isHere = false;
        foreach (var connection in connections.Members(Target.User(user)))
        {
            isHere |= connections.AddToGroup(connection, group);
        }

        if (isHere && isStored)
        {
            schedule.Set(new UserGroup(hub, user, group), expires);
        }
    }

    /// <summary>Removes a user, and its connections, from a group.</summary>
    public async ValueTask RemoveAsync(HubName hub, string user, string group, CancellationToken cancellation)
    {
        await store.RemoveAsync(hub, user, group, cancellation);
        LeaveNow(new UserGroup(hub, user, group));
    }

    /// <summary>Removes a user, and its connections, from every group, also from those joined by connection id (as the emulator).</summary>
    public async ValueTask RemoveFromAllAsync(HubName hub, string user, CancellationToken cancellation)
    {
        await store.RemoveAllAsync(hub, user, cancellation);
        if (table.FindHub(hub) is { } connections)
        {
            foreach (var connection in connections.Members(Target.User(user)))
            {
                connections.RemoveFromAllGroups(connection);
            }
        }
    }

    /// <summary>Whether the user is in the group: stored, or by one of its connections.</summary>
    public async ValueTask<bool> IsMemberAsync(HubName hub, string user, string group, CancellationToken cancellation) =>
        (table.FindHub(hub)?.Members(Target.User(user)).Any(connection => connection.Groups.Names().Contains(group)) ?? false)
        || (await store.GroupsOfAsync(hub, user, cancellation)).ContainsKey(group);

    /// <summary>
    /// Lets a new connection join its user's groups. It is addressable already, so that no change is missed. Ends when it has joined or the
    /// store is too slow; then it joins as soon as the store is back. Throws nothing.
    /// </summary>
    public ValueTask JoinStoredAsync(ClientConnection connection)
    {
        if (connection.UserId is not { } user)
        {
            return default;
        }

        var joined = KeepJoiningAsync(connection, user);
        return joined.IsCompleted ? default : new ValueTask(Task.WhenAny(joined, Task.Delay(LongestJoin, time)));
    }

    /// <summary>Takes connections out of the groups whose time is over.</summary>
    public async ValueTask ExpireAsync(CancellationToken cancellation)
    {
        foreach (var membership in schedule.TakeDue(time.GetUtcNow()))
        {
            try
            {
                var groups = await store.GroupsOfAsync(membership.Hub, membership.User, cancellation);
                if (groups.TryGetValue(membership.Group, out var later))
                {
                    // Prolonged, by whatever node.
                    schedule.Set(membership, later);
                    continue;
                }
            }
            catch (StoreUnavailableException)
            {
                // Nobody could have prolonged it here; leaving late would be worse than leaving early.
            }

            LeaveNow(membership);
        }
    }

    /// <summary>Deletes what has expired, for all nodes, and forgets reminders of users who have left.</summary>
    public async ValueTask CleanUpAsync(CancellationToken cancellation)
    {
        schedule.Prune(membership => table.FindHub(membership.Hub)?.FindSet(TargetKind.User, membership.User) is not null);
        await store.DeleteExpiredAsync(cancellation);
    }

    private async Task KeepJoiningAsync(ClientConnection connection, string user)
    {
        for (var pause = FirstPause; !connection.IsClosing; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await JoinAsync(connection, user);
                return;
            }
            catch (StoreUnavailableException)
            {
                // The store has said why; the client is here without its groups meanwhile.
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                Log.JoinFailed(logger, exception, connection.Id);
            }

            await Task.Delay(pause, time);
        }
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
            if (hub.AddToGroup(connection, group))
            {
                schedule.Set(new UserGroup(connection.Hub, user, group), expires);
            }
        }

        // A removal between reading and joining found nothing to remove.
        var now = await store.GroupsOfAsync(connection.Hub, user, CancellationToken.None);
        foreach (var gone in groups.Keys.Where(group => !now.ContainsKey(group)))
        {
            hub.RemoveFromGroup(connection, gone);
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
