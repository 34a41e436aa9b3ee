using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Membership;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>Assigns ids to new connections: creates the tokens that negotiate answers with, and redeems each token once.</summary>
internal sealed class ConnectionIds(ConnectionToken tokens, ConnectionTable table, IBackplane backplane, AdmissionControl control)
{
    /// <summary>Creates a connection token for negotiate's answer.</summary>
    public string CreateToken(AuthenticatedClient client, bool isStateful, out string connectionId) =>
        tokens.Create(table.Node, client.Hub, client.Identity.UserId, isStateful, out connectionId);

    /// <summary>Checks a connection token. Only the user that it was made for may present it. The token is not redeemed.</summary>
    public ConnectionTokenResult Check(AuthenticatedClient client, string token) => tokens.Check(token, client.Hub, client.Identity.UserId);

    /// <summary>Returns the id of a new connection: a fresh one for a request without a token, else the token's, once.</summary>
    /// <param name="client">The client.</param>
    /// <param name="token">The checked token; null for a request without one.</param>
    /// <param name="reportsRefusal">False if the request is checked again after a refusal, and the refusal reported then.</param>
    public async ValueTask<(string? ConnectionId, Refusal Refusal)> TryTakeAsync(
        AuthenticatedClient client, ConnectionTokenResult? token, bool reportsRefusal = true)
    {
        // Before the token is redeemed: the client may present it again when there is room.
        if (control.Refuse(client, reportsRefusal) is { } noRoom)
        {
            return (null, noRoom);
        }

        return token is { } presented ? await TryRedeemAsync(client.Hub, presented) : (ConnectionId.Create(table.Node), default);
    }

    private async ValueTask<(string? ConnectionId, Refusal Refusal)> TryRedeemAsync(HubName hub, ConnectionTokenResult token)
    {
        if (token.IsValid && table.TryUseToken(token.ConnectionId!, token.Expires))
        {
            switch (await backplane.ClaimAsync(token.ConnectionId!, ConnectionToken.Lifetime))
            {
                case Claim.Granted:
                    return (token.ConnectionId, default);
                case Claim.Unknown:
                    // The token's home node may have admitted a client with it. A client that reconnects negotiates anew and has another
                    // token. A refused upgrade asks a second time, when HTTP writes the refusal.
                    table.ReturnToken(token.ConnectionId!);
                    return (null, Refusal.NodesUnreachable);
            }
        }

        // A connection that ends stays in the table for a moment; one without a WebSocket has no session any more, or it would have been found.
        var isHere = token.ConnectionId is { } id
            && table.FindHub(hub)?.Find(id) is { IsClosing: false, Transport: ClientTransports.WebSockets };
        return (null, isHere ? Refusal.AlreadyConnected : Refusal.NoSuchConnection);
    }
}
