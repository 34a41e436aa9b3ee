using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Clients.LongPolling;
using Serverless.Gateway.Clients.ServerSentEvents;
using Serverless.Gateway.Clients.WebSockets;

namespace Serverless.Gateway.Clients.Http;

/// <summary><c>GET /client</c>: tells by its headers which transport it is.</summary>
internal sealed class GetEndpoint(
    ClientAdmission admission, WebSocketConnector webSockets, EventStreamEndpoint events, PollEndpoint polls)
{
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        if (string.Equals(request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase))
        {
            await WebSocketEndpoint.HandleAsync(context, admission, webSockets);
            return;
        }

        var isStream = request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
        var query = ClientQuery.Parse(request.QueryString.Value ?? "");
        if (!isStream)
        {
            // Only what a browser opens without headers may carry its token in the query (docs/contract/transports.md#place-of-the-access-token).
            query = query.WithoutAccessToken();
        }

        var admitted = await admission.AuthenticateAsync(
            query, request.Headers.Authorization, RequestAddress.Of(context), isNew: isStream);
        var transport = isStream ? ClientTransports.ServerSentEvents : ClientTransports.LongPolling;
        if (admitted.Identity is null)
        {
            await ClientResponses.RefuseAsync(context, admitted.Refusal);
        }
        else if (!admitted.Identity.Transports.HasFlag(transport))
        {
            await ClientResponses.RefuseAsync(context, ClientAdmission.NotAllowed(transport));
        }
        else if (query.ConnectionToken is null)
        {
            await ClientResponses.RefuseAsync(context, ClientAdmission.TokenRequired);
        }
        else
        {
            await (isStream ? events.HandleAsync(context, query, admitted) : polls.HandleAsync(context, query, admitted));
        }
    }
}
