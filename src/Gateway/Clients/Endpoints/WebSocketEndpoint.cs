using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Transports.WebSockets;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>
/// <c>GET /client/?hub=…</c> with an upgrade, as an ordinary HTTP request. Most connections take the shorter path through
/// <see cref="WebSocketFront"/>; this endpoint serves the rest (TLS, connections that a proxy keeps alive) and answers every refusal.
/// </summary>
internal sealed class WebSocketEndpoint(WebSocketAdmission admission, WebSocketRunner runner)
{
    public async Task HandleAsync(HttpContext context)
    {
        var request = Read(context);
        await AnswerAsync(context, request, await admission.AdmitAsync(request));
    }

    /// <summary>Serves clients that another check authenticates.</summary>
    public async Task HandleAsync(HttpContext context, Func<ClientQuery, ValueTask<AuthenticationResult>> authenticate)
    {
        var request = Read(context);
        await AnswerAsync(context, request, await admission.AdmitAsync(request, () => authenticate(request.Query)));
    }

    private static WebSocketRequest Read(HttpContext context)
    {
        var headers = context.Request.Headers;
        return new WebSocketRequest(
            ClientQuery.Parse(context.Request.QueryString.Value ?? ""),
            headers.Authorization,
            RequestAddress.Of(context),
            headers.Origin,
            headers.SecWebSocketKey,
            context.Connection.RemoteIpAddress)
        {
            IsUpgradable = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true },
            IsVersion13 = headers.SecWebSocketVersion == "13",
        };
    }

    private async Task AnswerAsync(HttpContext context, WebSocketRequest request, (WebSocketEntry? Entry, Refusal Refusal) admitted)
    {
        var headers = context.Response.Headers;
        if (admitted.Entry is not { } entry)
        {
            if (admitted.Refusal == WebSocketAdmission.NoHandshake)
            {
                headers.SecWebSocketVersion = "13";
            }

            await ClientResponses.RefuseAsync(context, admitted.Refusal);
            return;
        }

        headers[HeaderNames.Connection] = "Upgrade";
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = WebSocketUpgrade.Accept(request.Key!);
        await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        var transport = context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport;
        await runner.RunAsync(entry, context.Features, transport);
    }
}
