using System.Collections.Concurrent;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>Holds the sessions to which clients may return, by connection id.</summary>
internal sealed class StatefulSessions
{
    private readonly ConcurrentDictionary<string, StatefulSession> _sessions = new(StringComparer.Ordinal);

    public StatefulSession? Find(string connectionId) => _sessions.GetValueOrDefault(connectionId);

    public void Add(StatefulSession session) => _sessions[session.Connection.Id] = session;

    public void Remove(StatefulSession session) => _sessions.TryRemove(KeyValuePair.Create(session.Connection.Id, session));
}
