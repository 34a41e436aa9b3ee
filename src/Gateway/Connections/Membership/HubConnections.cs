using System.Collections.Concurrent;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Connections.Membership;

/// <summary>
/// Holds the addressable connections of one hub: by id, by user and by group. Names are compared with case (docs/contract/rest-api.md#common-rules).
/// </summary>
internal sealed class HubConnections(HubName hub, IInterest interest)
{
    private readonly ConcurrentDictionary<string, ClientConnection> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MemberSet> _users = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MemberSet> _groups = new(StringComparer.Ordinal);
    private readonly MemberSet _all = new(diesWhenEmpty: false);

    public int Count => _all.Count;

    /// <summary>Makes a connection addressable.</summary>
    public void Add(ClientConnection connection)
    {
        _byId[connection.Id] = connection;
        interest.Joined(hub, TargetKind.All, "");
        interest.Joined(hub, TargetKind.Connection, connection.Id);
        if (connection.UserId is { } user)
        {
            interest.Joined(hub, TargetKind.User, user);
            AddTo(_users, user, connection);
        }

        _all.TryAdd(connection);
    }

    /// <summary>Removes a connection from every table. Afterwards it can join no group.</summary>
    public void Remove(ClientConnection connection)
    {
        if (!_byId.TryRemove(KeyValuePair.Create(connection.Id, connection)))
        {
            return;
        }

        interest.Left(hub, TargetKind.All, "");
        interest.Left(hub, TargetKind.Connection, connection.Id);
        _all.Remove(connection);
        if (connection.UserId is { } user)
        {
            interest.Left(hub, TargetKind.User, user);
            RemoveFrom(_users, user, connection);
        }

        foreach (var group in connection.Groups.Leave())
        {
            interest.Left(hub, TargetKind.Group, group);
            RemoveFrom(_groups, group, connection);
        }
    }

    public ClientConnection? Find(string connectionId) => _byId.GetValueOrDefault(connectionId);

    /// <summary>Adds a connection to a group. Returns false if the connection has left.</summary>
    public bool AddToGroup(ClientConnection connection, string group) =>
        connection.Groups.Join(group, () =>
        {
            interest.Joined(hub, TargetKind.Group, group);
            AddTo(_groups, group, connection);
        });

    /// <summary>Removes a connection from a group. Returns false if it was not in it.</summary>
    public bool RemoveFromGroup(ClientConnection connection, string group) =>
        connection.Groups.Remove(group, () =>
        {
            interest.Left(hub, TargetKind.Group, group);
            RemoveFrom(_groups, group, connection);
        });

    /// <summary>Removes a connection from every group.</summary>
    public void RemoveFromAllGroups(ClientConnection connection)
    {
        foreach (var group in connection.Groups.Names())
        {
            RemoveFromGroup(connection, group);
        }
    }

    /// <summary>Returns the set that a target names; null if it has no members on this node.</summary>
    public MemberSet? FindSet(TargetKind kind, string name) => kind switch
    {
        TargetKind.All => _all,
        TargetKind.Group => _groups.GetValueOrDefault(name),
        TargetKind.User => _users.GetValueOrDefault(name),
        _ => null,
    };

    /// <summary>Returns a target's connections at this moment, without the excluded ones.</summary>
    public IEnumerable<ClientConnection> Members(Target target)
    {
        if (target.Kind == TargetKind.Connection)
        {
            return Find(target.Name) is { } one ? [one] : [];
        }

        var members = FindSet(target.Kind, target.Name)?.Snapshot() ?? [];
        return target.Excluded.Count == 0 ? members : members.Where(member => !target.Excluded.Contains(member.Id));
    }

    /// <summary>Returns the users or groups of this node with their numbers of connections. Enumeration tolerates changes.</summary>
    public IEnumerable<KeyValuePair<string, int>> Names(TargetKind kind) =>
        (kind == TargetKind.User ? _users : _groups).Select(static pair => KeyValuePair.Create(pair.Key, pair.Value.Count)).Where(static pair => pair.Value > 0);

    private static void AddTo(ConcurrentDictionary<string, MemberSet> sets, string name, ClientConnection connection)
    {
        while (true)
        {
            var set = sets.GetOrAdd(name, static _ => new MemberSet(diesWhenEmpty: true));
            if (set.TryAdd(connection))
            {
                return;
            }

            // The set died in the meantime; the first caller to see that removes it.
            sets.TryRemove(KeyValuePair.Create(name, set));
        }
    }

    private static void RemoveFrom(ConcurrentDictionary<string, MemberSet> sets, string name, ClientConnection connection)
    {
        if (sets.TryGetValue(name, out var set) && set.Remove(connection))
        {
            sets.TryRemove(KeyValuePair.Create(name, set));
        }
    }
}
