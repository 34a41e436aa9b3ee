using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Routing;

/// <summary>
/// When connections of this node have to leave groups that their users are in for a time. Only a reminder: whether the time is
/// really over, the store says. Safe for concurrent use.
/// </summary>
internal sealed class UserGroupSchedule
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<UserGroup, DateTimeOffset> _queue = new();
    private readonly Dictionary<UserGroup, DateTimeOffset> _due = [];

    /// <summary>Reminds at a time; the last call for a membership counts.</summary>
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

    /// <summary>Reminds at a time, unless it does earlier: for what may have changed since it was read.</summary>
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

    /// <summary>Whether there will be a reminder.</summary>
    public bool Contains(UserGroup membership)
    {
        lock (_gate)
        {
            return _due.ContainsKey(membership);
        }
    }

    /// <summary>Reminds no more.</summary>
    public void Remove(UserGroup membership)
    {
        lock (_gate)
        {
            _due.Remove(membership);
        }
    }

    /// <summary>Takes the memberships whose time is there.</summary>
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

    /// <summary>Forgets what nobody here needs any more.</summary>
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

/// <summary>One user's membership of one group.</summary>
internal readonly record struct UserGroup(HubName Hub, string User, string Group);
