using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>Keeps memberships in memory: the default without durable storage.</summary>
internal sealed class InMemoryUserGroupStore(TimeProvider time) : IUserGroupStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(HubName Hub, string User), Dictionary<string, Held>> _groups = [];

    // The expiry of the next membership. Before that no search is needed.
    private DateTimeOffset _nextExpiry = DateTimeOffset.MaxValue;
    private long _additions;

    public StoreKind Kind => StoreKind.InMemory;

    public string State => nameof(StoreKind.InMemory);

    public TimeSpan CleanUpInterval { get; } = TimeSpan.FromMinutes(1);

    public ValueTask AddAsync(HubName hub, string user, string group, Membership membership, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue((hub, user), out var groups))
            {
                _groups[(hub, user)] = groups = new Dictionary<string, Held>(StringComparer.Ordinal);
            }

            groups[group] = new Held(membership, ++_additions);
            _nextExpiry = membership.Expires < _nextExpiry ? membership.Expires : _nextExpiry;
            if (!membership.HasTimeToLive && groups.Count > IUserGroupStore.MaxWithoutTimeToLive)
            {
                DropOldest(groups);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(HubName hub, string user, string group, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_groups.TryGetValue((hub, user), out var groups) && groups.Remove(group) && groups.Count == 0)
            {
                _groups.Remove((hub, user));
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAllAsync(HubName hub, string user, CancellationToken cancellation)
    {
        lock (_gate)
        {
            _groups.Remove((hub, user));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyDictionary<string, DateTimeOffset>> GroupsOfAsync(HubName hub, string user, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            IReadOnlyDictionary<string, DateTimeOffset> found = _groups.TryGetValue((hub, user), out var groups)
                ? groups.Where(group => group.Value.Membership.Expires > now)
                    .ToDictionary(group => group.Key, group => group.Value.Membership.Expires, StringComparer.Ordinal)
                : NoGroups.Instance;
            return ValueTask.FromResult(found);
        }
    }

    public ValueTask DeleteExpiredAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (now < _nextExpiry)
            {
                return ValueTask.CompletedTask;
            }

            _nextExpiry = DateTimeOffset.MaxValue;
            foreach (var (user, groups) in _groups)
            {
                foreach (var (group, held) in groups)
                {
                    if (held.Membership.Expires <= now)
                    {
                        groups.Remove(group);
                    }
                    else if (held.Membership.Expires < _nextExpiry)
                    {
                        _nextExpiry = held.Membership.Expires;
                    }
                }

                if (groups.Count == 0)
                {
                    _groups.Remove(user);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask ProbeAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    private static void DropOldest(Dictionary<string, Held> groups)
    {
        var lasting = groups.Where(group => !group.Value.Membership.HasTimeToLive).ToList();
        if (lasting.Count > IUserGroupStore.MaxWithoutTimeToLive)
        {
            groups.Remove(lasting.MinBy(group => group.Value.Addition).Key);
        }
    }

    private readonly record struct Held(Membership Membership, long Addition);
}
