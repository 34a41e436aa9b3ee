using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Transports.ServerSentEvents;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary><c>GET /client/?hub=…&amp;id=…</c> that accepts <c>text/event-stream</c>: starts a connection over server-sent events.</summary>
internal sealed class EventStreamEndpoint(ConnectionIds ids, SessionLookup sessions, EventStreams streams)
{
    public async Task HandleAsync(HttpContext context, ClientQuery query, AuthenticatedClient client)
    {
        var token = ids.Check(client, query.ConnectionToken!);
        if (sessions.Find(client, token) is { } found)
        {
            var isStream = found.Session is { Connection.Transport: ClientTransports.ServerSentEvents };
            await ClientResponses.RefuseAsync(context, isStream ? Refusal.AlreadyConnected : Refusal.OtherTransport);
            return;
        }

        var (id, refusal) = await ids.TryTakeAsync(client, token);
        await (id is null
            ? ClientResponses.RefuseAsync(context, refusal)
            : streams.RunAsync(context, new NewConnection(id, client, query.ForUpstream, context.Connection.RemoteIpAddress)));
    }
}
