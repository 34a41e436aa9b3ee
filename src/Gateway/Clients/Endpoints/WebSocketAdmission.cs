using Serverless.Gateway.Access;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Relay;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Clients.Transports.WebSockets;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>
/// Admits WebSockets. Upgrades that <see cref="WebSocketFront"/> reads and those that HTTP reads pass the same checks in the same order:
/// origin, opening handshake, authentication, transport, and then whether the connection is new, returns to this node, or lives on another.
/// </summary>
internal sealed class WebSocketAdmission(
    AllowedOrigins origins,
    ClientAuthenticator authenticator,
    ConnectionIds ids,
    SessionLookup sessions,
    StatefulSessions statefulSessions,
    ClientRelay relay)
{
    /// <summary>The refusal of a request without version 13 or a valid key.</summary>
    public static readonly Refusal NoHandshake =
        new(StatusCodes.Status400BadRequest, "The request is no WebSocket handshake of version 13.");

    private static readonly Refusal OriginNotAllowed =
        new(StatusCodes.Status403Forbidden, "The origin is not one of Gateway:Clients:AllowedOrigins.");

    private static readonly Refusal NotUpgradable =
        new(StatusCodes.Status400BadRequest, "The request cannot be upgraded: it lacks 'Connection: Upgrade'.");

    /// <summary>Admits a WebSocket to <c>/client</c>, or returns its refusal.</summary>
    public ValueTask<(WebSocketEntry? Entry, Refusal Refusal)> AdmitAsync(WebSocketRequest request) =>
        origins.IsAllowed(request.Origin)
            ? AdmitAsync(request, () => authenticator.AuthenticateAsync(new ClientRequest(request.Query, request.Authorization, request.Address)
            {
                Transport = ClientTransports.WebSockets,
                ReportsRefusal = request.ReportsRefusal,
            }))
            : new((null, OriginNotAllowed));

    /// <summary>Admits a WebSocket whose client another check authenticates, or returns its refusal.</summary>
    public async ValueTask<(WebSocketEntry? Entry, Refusal Refusal)> AdmitAsync(
        WebSocketRequest request, Func<ValueTask<AuthenticationResult>> authenticate)
    {
        if (!request.IsUpgradable)
        {
            return (null, NotUpgradable);
        }

        if (!request.IsVersion13 || !WebSocketUpgrade.IsValidKey(request.Key))
        {
            return (null, NoHandshake);
        }

        var result = await authenticate();
        return result.IsRefused ? (null, result.Refusal) : await EnterAsync(request, result.Client);
    }

    private async ValueTask<(WebSocketEntry? Entry, Refusal Refusal)> EnterAsync(WebSocketRequest request, AuthenticatedClient client)
    {
        var presented = request.Query.ConnectionToken is { } text ? ids.Check(client, text) : (ConnectionTokenResult?)null;
        var token = presented.GetValueOrDefault();
        if (sessions.Find(client, token) is { Session: not null })
        {
            return (null, Refusal.OtherTransport);
        }

        if (token is { IsStateful: true, ConnectionId: { } id } && statefulSessions.Find(id) is { } session)
        {
            return (Entry(request, client, id, isStateful: true) with { Returning = session }, default);
        }

        // A new connection before one on another node: most are new, and need no answer from other nodes.
        var (connectionId, refusal) = await ids.TryTakeAsync(client, presented, request.ReportsRefusal);
        return connectionId is not null ? (Entry(request, client, connectionId, token.IsStateful), default)
            : token.IsStateful && !relay.IsAlone ? await EnterElsewhereAsync(request, client, token.ConnectionId!, refusal)
            : (null, refusal);
    }

    private async ValueTask<(WebSocketEntry? Entry, Refusal Refusal)> EnterElsewhereAsync(
        WebSocketRequest request, AuthenticatedClient client, string connectionId, Refusal refusal)
    {
        try
        {
            return await relay.OpenSocketAsync(client.Hub, connectionId) is { } socket
                ? (Entry(request, client, connectionId, isStateful: true) with { RelayedAs = socket }, default)
                : (null, refusal);
        }
        catch (BackplaneUnavailableException)
        {
            return (null, Refusal.NodesUnreachable);
        }
    }

    private static WebSocketEntry Entry(WebSocketRequest request, AuthenticatedClient client, string connectionId, bool isStateful) =>
        new(new NewConnection(connectionId, client, request.Query.ForUpstream, request.Ip), isStateful);
}
