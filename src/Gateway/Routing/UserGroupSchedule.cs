using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Holds the times at which connections of this node have to leave groups that their users are in for a limited time. It is only a reminder:
/// the store decides whether a membership has expired. Safe for many threads.
/// </summary>
internal sealed class UserGroupSchedule
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<UserGroup, DateTimeOffset> _queue = new();
    private readonly Dictionary<UserGroup, DateTimeOffset> _due = [];

    /// <summary>Sets the time of a membership, in place of an earlier one.</summary>
    public void Set(UserGroup membership, DateTimeOffset expires)
    {
        lock (_gate)
        {
            if (!_due.TryGetValue(membership, out var before) || before != expires)
            {
                _due[membership] = expires;
                _queue.Enqueue(membership, expires);
            }
        }
    }

    /// <summary>Sets the time of a membership unless an earlier one is set: for a time that may have changed since it was read.</summary>
    public void SetNoLater(UserGroup membership, DateTimeOffset expires)
    {
        lock (_gate)
        {
            if (!_due.TryGetValue(membership, out var before) || expires < before)
            {
                Set(membership, expires);
            }
        }
    }

    /// <summary>Returns true if a time is set for a membership.</summary>
    public bool Contains(UserGroup membership)
    {
        lock (_gate)
        {
            return _due.ContainsKey(membership);
        }
    }

    /// <summary>Removes the time of a membership.</summary>
    public void Remove(UserGroup membership)
    {
        lock (_gate)
        {
            _due.Remove(membership);
        }
    }

    /// <summary>Removes and returns the memberships that are due.</summary>
    public IReadOnlyList<UserGroup> TakeDue(DateTimeOffset now)
    {
        List<UserGroup>? due = null;
        lock (_gate)
        {
            while (_queue.TryPeek(out var membership, out var expires) && expires <= now)
            {
                _queue.Dequeue();
                if (_due.TryGetValue(membership, out var current) && current == expires)
                {
                    _due.Remove(membership);
                    (due ??= []).Add(membership);
                }
            }
        }

        return due ?? (IReadOnlyList<UserGroup>)[];
    }

    /// <summary>Keeps only the memberships that this node needs.</summary>
    public void Prune(Func<UserGroup, bool> isNeeded)
    {
        lock (_gate)
        {
            var needed = _due.Where(entry => isNeeded(entry.Key)).ToList();
            _due.Clear();
            _queue.Clear();
            foreach (var (membership, expires) in needed)
            {
                _due[membership] = expires;
                _queue.Enqueue(membership, expires);
            }
        }
    }
}

/// <summary>Represents one user's membership of one group.</summary>
internal readonly record struct UserGroup(HubName Hub, string User, string Group);
