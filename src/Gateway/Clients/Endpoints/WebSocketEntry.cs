using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Sessions;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>An admitted WebSocket: for a new connection, or for one whose client has returned, on this node or on another.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="IsStateful">The client was promised stateful reconnect.</param>
internal sealed record WebSocketEntry(NewConnection Connection, bool IsStateful)
{
    /// <summary>The session of this node to which the client returns; else null.</summary>
    public StatefulSession? Returning { get; init; }

    /// <summary>The socket's name on the node where the connection lives; null where it lives on this node.</summary>
    public string? RelayedAs { get; init; }
}
