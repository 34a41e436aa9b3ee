using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Users in groups: every present and later connection of the user joins, until removal or expiry. What is stored and what live
/// connections are in changes together here.
/// </summary>
internal sealed class UserGroups(IUserGroupStore store, ConnectionTable table, TimeProvider time)
{
    /// <summary>How long a membership without a time to live is kept: a year, as the REST API says of <c>ttl</c>.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(365);

    /// <summary>
    /// Adds a user. Zero as time to live joins the present connections only and stores nothing.
    /// </summary>
    public async ValueTask AddAsync(HubName hub, string user, string group, TimeSpan? timeToLive, CancellationToken cancellation)
    {
        if (timeToLive != TimeSpan.Zero)
        {
            // Stored first: a connection that comes now either finds it in the store or is found below.
            var life = timeToLive is { } given && given < LongestLife ? given : LongestLife;
            await store.AddAsync(hub, user, group, time.GetUtcNow() + life, cancellation);
        }

        var connections = table.Hub(hub);
        foreach (var connection in connections.Members(Target.User(user)))
        {
            connections.AddToGroup(connection, group);
        }
    }

    /// <summary>Removes a user, and its connections, from a group.</summary>
    public async ValueTask RemoveAsync(HubName hub, string user, string group, CancellationToken cancellation)
    {
        await store.RemoveAsync(hub, user, group, cancellation);
        LeaveNow(hub, user, group);
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
        (await store.GroupsOfAsync(hub, user, cancellation)).Contains(group, StringComparer.Ordinal)
        || (table.FindHub(hub)?.Members(Target.User(user)).Any(connection => connection.Groups.Names().Contains(group)) ?? false);

    /// <summary>Lets a new connection join its user's groups. It is addressable already, so that no change is missed.</summary>
    public async ValueTask JoinStoredAsync(ClientConnection connection, CancellationToken cancellation)
    {
        if (connection.UserId is not { } user)
        {
            return;
        }

        var groups = await store.GroupsOfAsync(connection.Hub, user, cancellation);
        if (groups.Count == 0)
        {
            return;
        }

        var hub = table.Hub(connection.Hub);
        foreach (var group in groups)
        {
            hub.AddToGroup(connection, group);
        }

        // A removal between reading and joining found nothing to remove.
        foreach (var gone in groups.Except(await store.GroupsOfAsync(connection.Hub, user, cancellation), StringComparer.Ordinal))
        {
            hub.RemoveFromGroup(connection, gone);
        }
    }

    /// <summary>Takes connections out of the groups whose time is over.</summary>
    public async ValueTask ExpireAsync(CancellationToken cancellation)
    {
        foreach (var (hub, user, group) in await store.TakeExpiredAsync(cancellation))
        {
            LeaveNow(hub, user, group);
        }
    }

    private void LeaveNow(HubName hub, string user, string group)
    {
        if (table.FindHub(hub) is { } connections)
        {
            foreach (var connection in connections.Members(Target.User(user)))
            {
                connections.RemoveFromGroup(connection, group);
            }
        }
    }
}
