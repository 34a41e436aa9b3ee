using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>Membership that lives as long as the process: the default without durable storage.</summary>
internal sealed class InMemoryUserGroupStore(TimeProvider time) : IUserGroupStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(HubName Hub, string User), Dictionary<string, DateTimeOffset>> _groups = [];

    // When the next membership ends; nothing has to be searched before.
    private DateTimeOffset _nextExpiry = DateTimeOffset.MaxValue;

    public ValueTask AddAsync(HubName hub, string user, string group, DateTimeOffset expires, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue((hub, user), out var groups))
            {
                _groups[(hub, user)] = groups = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
            }

            groups[group] = expires;
            _nextExpiry = expires < _nextExpiry ? expires : _nextExpiry;
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

    public ValueTask<IReadOnlyList<string>> GroupsOfAsync(HubName hub, string user, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue((hub, user), out var groups))
            {
                return ValueTask.FromResult<IReadOnlyList<string>>([]);
            }

            var now = time.GetUtcNow();
            return ValueTask.FromResult<IReadOnlyList<string>>(
                [.. groups.Where(group => group.Value > now).Select(group => group.Key)]);
        }
    }

    public ValueTask<IReadOnlyList<UserGroup>> TakeExpiredAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (now < _nextExpiry)
            {
                return ValueTask.FromResult<IReadOnlyList<UserGroup>>([]);
            }

            var expired = new List<UserGroup>();
            _nextExpiry = DateTimeOffset.MaxValue;
            foreach (var ((hub, user), groups) in _groups)
            {
                foreach (var (group, expires) in groups)
                {
                    if (expires <= now)
                    {
                        expired.Add(new UserGroup(hub, user, group));
                        groups.Remove(group);
                    }
                    else if (expires < _nextExpiry)
                    {
                        _nextExpiry = expires;
                    }
                }

                if (groups.Count == 0)
                {
                    _groups.Remove((hub, user));
                }
            }

            return ValueTask.FromResult<IReadOnlyList<UserGroup>>(expired);
        }
    }
}
