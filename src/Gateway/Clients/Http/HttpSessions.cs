using System.Collections.Concurrent;

namespace Serverless.Gateway.Clients.Http;

/// <summary>The clients of this node that come by many requests, by connection id, from the first request to their end.</summary>
internal sealed class HttpSessions
{
    private readonly ConcurrentDictionary<string, HttpSession> _sessions = new(StringComparer.Ordinal);

    public HttpSession? Find(string connectionId) => _sessions.GetValueOrDefault(connectionId);

    public void Add(HttpSession session) => _sessions[session.Connection.Id] = session;

    public void Remove(HttpSession session) => _sessions.TryRemove(KeyValuePair.Create(session.Connection.Id, session));
}
