namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>
/// The groups one connection is in. Its lock also covers the change to the group's table, so that joining cannot race with leaving:
/// a connection that has left joins nothing.
/// </summary>
internal sealed class GroupMembership
{
    private readonly Lock _gate = new();
    private HashSet<string>? _names;
    private bool _left;

    /// <summary>Joins and calls <paramref name="change"/>; false if the connection has left.</summary>
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

    /// <summary>Leaves one group and calls <paramref name="change"/>; false if the connection was not in it.</summary>
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

    /// <summary>Whether the connection is in a group.</summary>
    public bool Contains(string group)
    {
        lock (_gate)
        {
            return _names?.Contains(group) == true;
        }
    }

    /// <summary>The groups at this moment.</summary>
    public string[] Names()
    {
        lock (_gate)
        {
            return _names is null ? [] : [.. _names];
        }
    }

    /// <summary>Marks the connection as gone.</summary>
    /// <returns>The groups it has to be taken out of.</returns>
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
