using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Connections.Membership;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>Finds the live connection of this node that a connection token opened.</summary>
internal sealed class SessionLookup(ConnectionTable table, HttpSessions sessions)
{
    /// <summary>Returns the connection; null if it does not live on this node.</summary>
    public FoundSession? Find(AuthenticatedClient client, ConnectionTokenResult token)
    {
        if (token.ConnectionId is not { } id)
        {
            return null;
        }

        return sessions.Find(id) is { } session ? new FoundSession(id, session)
            : table.FindHub(client.Hub)?.Find(id) is { Transport: ClientTransports.WebSockets } ? new FoundSession(id, null)
            : null;
    }
}

/// <summary>A live connection that a request names.</summary>
/// <param name="ConnectionId">The public id.</param>
/// <param name="Session">The session; null where a WebSocket carries the connection.</param>
internal sealed record FoundSession(string ConnectionId, HttpSession? Session);
