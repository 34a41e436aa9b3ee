using System.Collections.Concurrent;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Connections.Membership;

/// <summary>
/// Every connection of this node: those still shaking hands (for the heartbeat), and those that can be addressed, by hub.
/// It also remembers connection tokens that have been used, until they expire by themselves.
/// </summary>
internal sealed class ConnectionTable(NodeId node, TimeProvider time, IInterest? interest = null)
{
    private readonly ConcurrentDictionary<string, HubConnections> _hubs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ClientConnection, byte> _open = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _usedTokens = new(StringComparer.Ordinal);

    // The dictionary's own count takes all its locks.
    private int _count;

    public NodeId Node { get; } = node;

    /// <summary>Who is told for whom this node has connections.</summary>
    public IInterest Interest { get; } = interest ?? NoInterest.Instance;

    /// <summary>Open connections, addressable or not.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Open connections, addressable or not, while they come and go.</summary>
    public IEnumerable<ClientConnection> Open => _open.Select(static pair => pair.Key);

    /// <summary>The hub's tables; made at the first use.</summary>
    public HubConnections Hub(HubName hub) => _hubs.GetOrAdd(hub.Value, static (_, made) => new HubConnections(made.hub, made.Interest), (hub, Interest));

    /// <summary>The hub's tables, or null if nobody has been there.</summary>
    public HubConnections? FindHub(HubName hub) => _hubs.GetValueOrDefault(hub.Value);

    /// <summary>Takes note of a transport that has started.</summary>
    public void Opened(ClientConnection connection)
    {
        if (_open.TryAdd(connection, 0))
        {
            Interlocked.Increment(ref _count);
        }
    }

    /// <summary>Forgets a transport that has ended.</summary>
    public void Closed(ClientConnection connection)
    {
        if (_open.TryRemove(connection, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Marks a connection token as used: it is good for one connection.</summary>
    /// <returns>False if it has been used before.</returns>
    public bool TryUseToken(string connectionId, DateTimeOffset expires) => _usedTokens.TryAdd(connectionId, expires);

    /// <summary>Takes the mark back: no connection has come of it.</summary>
    public void ReturnToken(string connectionId) => _usedTokens.TryRemove(connectionId, out _);

    /// <summary>Forgets used tokens that have expired and would be refused for that.</summary>
    public void ForgetExpiredTokens()
    {
        var now = time.GetUtcNow();
        foreach (var (id, expires) in _usedTokens)
        {
            if (expires < now)
            {
                _usedTokens.TryRemove(id, out _);
            }
        }
    }
}
