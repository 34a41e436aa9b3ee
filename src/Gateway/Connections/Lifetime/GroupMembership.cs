namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>
/// Represents the groups that one connection is in. Its lock also covers the change to the group's table, so that joining cannot race
/// with leaving: a connection that has left joins no group.
/// </summary>
internal sealed class GroupMembership
{
    private readonly Lock _gate = new();
    private HashSet<string>? _names;
    private bool _left;

    /// <summary>Joins a group and calls <paramref name="change"/>. Returns false if the connection has left.</summary>
    public bool Join(string group, Action change)
    {
        lock (_gate)
        {
            if (_left)
            {
                return false;
            }

            if ((_names ??= new HashSet<string>(StringComparer.Ordinal)).Add(group))
            {
                change();
            }

            return true;
        }
    }

    /// <summary>Leaves a group and calls <paramref name="change"/>. Returns false if the connection was not in it.</summary>
    public bool Remove(string group, Action change)
    {
        lock (_gate)
        {
            if (_names?.Remove(group) != true)
            {
                return false;
            }

            change();
            return true;
        }
    }

    /// <summary>Returns true when the connection is in a group.</summary>
    public bool Contains(string group)
    {
        lock (_gate)
        {
            return _names?.Contains(group) == true;
        }
    }

    /// <summary>Returns the groups at this moment.</summary>
    public string[] Names()
    {
        lock (_gate)
        {
            return _names is null ? [] : [.. _names];
        }
    }

    /// <summary>Marks the connection as left.</summary>
    /// <returns>The groups that it must be removed from.</returns>
    public IReadOnlyCollection<string> Leave()
    {
        lock (_gate)
        {
            _left = true;
            var names = _names;
            _names = null;
            return (IReadOnlyCollection<string>?)names ?? [];
        }
    }
}
