using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Clients.WebSockets;

/// <summary>
/// <c>GET /client/?hub=…</c> with an upgrade, as an ordinary HTTP request. Most connections take the shorter way of
/// <see cref="WebSocketFront"/>; this one serves the rest (TLS, connections kept alive by a proxy) and answers every refusal.
/// </summary>
internal static class WebSocketEndpoint
{
    public static async Task HandleAsync(HttpContext context, ClientAdmission admission, WebSocketConnector connector)
    {
        if (!admission.IsOriginAllowed(context.Request.Headers.Origin))
        {
            await ClientResponses.RefuseAsync(
                context, new Refusal(StatusCodes.Status403Forbidden, "The origin is not one of Gateway:Clients:AllowedOrigins."));
            return;
        }

        await HandleAsync(context, admission, connector, query =>
            admission.AuthenticateAsync(query, context.Request.Headers.Authorization, RequestAddress.Of(context)));
    }

    /// <summary>Serves whoever passes a check of another kind.</summary>
    public static async Task HandleAsync(
        HttpContext context, ClientAdmission admission, WebSocketConnector connector, Func<ClientQuery, ValueTask<Admission>> authenticate)
    {
        var request = context.Request;
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
        {
            await ClientResponses.RefuseAsync(
                context, new Refusal(StatusCodes.Status400BadRequest, "The request cannot be upgraded: it lacks 'Connection: Upgrade'."));
            return;
        }

        if (request.Headers.SecWebSocketVersion != "13" || !WebSocketUpgrade.IsValidKey(request.Headers.SecWebSocketKey))
        {
            context.Response.Headers.SecWebSocketVersion = "13";
            await ClientResponses.RefuseAsync(
                context, new Refusal(StatusCodes.Status400BadRequest, "The request is no WebSocket handshake of version 13."));
            return;
        }

        var query = ClientQuery.Parse(request.QueryString.Value ?? "");
        var admitted = await authenticate(query);
        if (admitted.Identity is null)
        {
            await ClientResponses.RefuseAsync(context, admitted.Refusal);
            return;
        }

        if (!admitted.Identity.Transports.HasFlag(ClientTransports.WebSockets))
        {
            await ClientResponses.RefuseAsync(context, ClientAdmission.NotAllowed(ClientTransports.WebSockets));
            return;
        }

        if (query.ConnectionToken is { } token && admission.FindSession(admitted, token) is { Session: not null })
        {
            await ClientResponses.RefuseAsync(context, ClientAdmission.OtherTransport);
            return;
        }

        var (entry, refusal) = await admission.TryEnterAsync(admitted, query.ConnectionToken);
        if (entry is null)
        {
            await ClientResponses.RefuseAsync(context, refusal);
            return;
        }

        context.Response.Headers[HeaderNames.Connection] = "Upgrade";
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = WebSocketUpgrade.Accept(request.Headers.SecWebSocketKey!);
        await upgrade.UpgradeAsync();
        var transport = context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport;
        await connector.RunAsync(entry, admitted, query.ForUpstream, context.Features, transport);
    }
}
