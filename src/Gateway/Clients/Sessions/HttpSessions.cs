using System.Collections.Concurrent;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Membership;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>
/// Holds this node's clients without a WebSocket, by connection id, from their first request to their end. Their requests may reach other
/// nodes, which find the clients here from the first answer on.
/// </summary>
internal sealed class HttpSessions(ConnectionTable table)
{
    private readonly ConcurrentDictionary<string, HttpSession> _sessions = new(StringComparer.Ordinal);

    public HttpSession? Find(string connectionId) => _sessions.GetValueOrDefault(connectionId);

    public void Add(HttpSession session)
    {
        _sessions[session.Connection.Id] = session;
        table.Interest.Joined(session.Connection.Hub, TargetKind.Connection, session.Connection.Id);
    }

    /// <summary>Completes when other nodes find every client that has been added.</summary>
    public ValueTask SettledAsync() => table.Interest.SettledAsync();

    public void Remove(HttpSession session)
    {
        if (_sessions.TryRemove(KeyValuePair.Create(session.Connection.Id, session)))
        {
            table.Interest.Left(session.Connection.Hub, TargetKind.Connection, session.Connection.Id);
        }
    }
}
