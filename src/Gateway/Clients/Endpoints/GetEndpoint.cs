using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Admission;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary><c>GET /client</c>: chooses the transport by the request's headers.</summary>
internal sealed class GetEndpoint(
    ClientAuthenticator authenticator, WebSocketEndpoint webSockets, EventStreamEndpoint events, PollEndpoint polls)
{
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        if (string.Equals(request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase))
        {
            await webSockets.HandleAsync(context);
            return;
        }

        var isStream = request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
        var query = ClientQuery.Parse(request.QueryString.Value ?? "");
        if (!isStream)
        {
            // Only a request that a browser sends without headers may carry its token in the query
            // (docs/contract/transports.md#place-of-the-access-token).
            query = query.WithoutAccessToken();
        }

        var result = await authenticator.AuthenticateAsync(ClientRequest.Of(context, query) with
        {
            IsNew = isStream,
            Transport = isStream ? ClientTransports.ServerSentEvents : ClientTransports.LongPolling,
            NeedsConnectionToken = true,
        });
        await (result.IsRefused ? ClientResponses.RefuseAsync(context, result.Refusal)
            : isStream ? events.HandleAsync(context, query, result.Client)
            : polls.HandleAsync(context, query, result.Client));
    }
}
