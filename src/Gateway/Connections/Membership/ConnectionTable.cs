using System.Collections.Concurrent;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Connections.Membership;

/// <summary>
/// Holds every connection of this node: those before their handshake (for the heartbeat), and the addressable ones, by hub.
/// It also holds used connection tokens until they expire.
/// </summary>
internal sealed class ConnectionTable(NodeId node, TimeProvider time, IInterest? interest = null)
{
    private readonly ConcurrentDictionary<string, HubConnections> _hubs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ClientConnection, byte> _open = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _usedTokens = new(StringComparer.Ordinal);

    // The dictionary's own count takes all its locks.
    private int _count;

    public NodeId Node { get; } = node;

    /// <summary>Gets the receiver of the names that this node has connections for.</summary>
    public IInterest Interest { get; } = interest ?? NoInterest.Instance;

    /// <summary>Gets the number of open connections, addressable or not.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Gets the open connections, addressable or not. Enumeration tolerates changes.</summary>
    public IEnumerable<ClientConnection> Open => _open.Select(static pair => pair.Key);

    /// <summary>Returns the hub's tables, created at the first use.</summary>
    public HubConnections Hub(HubName hub) => _hubs.GetOrAdd(hub.Value, static (_, made) => new HubConnections(made.hub, made.Interest), (hub, Interest));

    /// <summary>Returns the hub's tables; null if the hub has had no connection.</summary>
    public HubConnections? FindHub(HubName hub) => _hubs.GetValueOrDefault(hub.Value);

    /// <summary>Adds a connection whose transport has started.</summary>
    public void Opened(ClientConnection connection)
    {
        if (_open.TryAdd(connection, 0))
        {
            Interlocked.Increment(ref _count);
        }
    }

    /// <summary>Removes a connection whose transport has ended.</summary>
    public void Closed(ClientConnection connection)
    {
        if (_open.TryRemove(connection, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Marks a connection token as used. A token is valid for one connection.</summary>
    /// <returns>False if the token was used before.</returns>
    public bool TryUseToken(string connectionId, DateTimeOffset expires) => _usedTokens.TryAdd(connectionId, expires);

    /// <summary>Marks a token as unused, because no connection was made with it.</summary>
    public void ReturnToken(string connectionId) => _usedTokens.TryRemove(connectionId, out _);

    /// <summary>Removes used tokens that have expired, which are refused anyway.</summary>
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
