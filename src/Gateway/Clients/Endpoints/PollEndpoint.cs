using Microsoft.Net.Http.Headers;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Relay;
using Serverless.Gateway.Clients.Transports.LongPolling;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>
/// <c>GET /client/?hub=…&amp;id=…</c> without an upgrade. The first request starts the connection and is answered at once; each later
/// request waits for messages (docs/contract/transports.md#long-polling).
/// </summary>
internal sealed class PollEndpoint(
    ConnectionIds ids, SessionLookup sessions, PollingClients clients, ClientRelay relay, QueuedBytes queued)
{
    private const string Epoch = "Thu, 01 Jan 1970 00:00:00 GMT";

    public async Task HandleAsync(HttpContext context, ClientQuery query, AuthenticatedClient client)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-cache, no-store";
        headers.Pragma = "no-cache";
        headers[HeaderNames.Expires] = Epoch;
        var token = ids.Check(client, query.ConnectionToken!);
        var found = sessions.Find(client, token);
        if (found is { Session: null or { Connection.Transport: not ClientTransports.LongPolling } })
        {
            await ClientResponses.RefuseAsync(context, Refusal.OtherTransport);
        }
        else if (found is not null && clients.Find(found.ConnectionId) is { } polling)
        {
            await PollAsync(context, polling);
        }
        else
        {
            await StartAsync(context, query, client, token);
        }
    }

    private async Task StartAsync(HttpContext context, ClientQuery query, AuthenticatedClient client, ConnectionTokenResult token)
    {
        var (id, refusal) = await ids.TryTakeAsync(client, token);
        if (id is not null)
        {
            await clients.StartAsync(new NewConnection(id, client, query.ForUpstream, context.Connection.RemoteIpAddress));
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = 0;
        }
        else
        {
            await (token.ConnectionId is { } elsewhere && !relay.IsAlone
                ? PollElsewhereAsync(context, client.Hub, elsewhere, refusal)
                : ClientResponses.RefuseAsync(context, refusal));
        }
    }

    private async Task PollAsync(HttpContext context, PollingClient client) => await AnswerAsync(
        context, await clients.PollAsync(client, context.RequestAborted), () => client.Session.Hub.Lost());

    private async Task PollElsewhereAsync(HttpContext context, HubName hub, string id, Refusal refusal)
    {
        RelayAnswer? answer;
        try
        {
            answer = await relay.PollAsync(hub, id, context.RequestAborted);
        }
        catch (BackplaneUnavailableException)
        {
            await ClientResponses.RefuseAsync(context, Refusal.NodesUnreachable);
            return;
        }

        switch (answer)
        {
            case null:
                await ClientResponses.RefuseAsync(context, refusal);
                break;
            case { Status: StatusCodes.Status400BadRequest }:
                await ClientResponses.RefuseAsync(context, Refusal.OtherTransport);
                break;
            case { Status: var status, Body: var body }:
                var end = status == StatusCodes.Status204NoContent ? PollEnd.Ended : body.IsEmpty ? PollEnd.TimedOut : PollEnd.Data;
                await AnswerAsync(context, new PollResult(end, body), () => relay.TellLost(hub, id));
                break;
        }
    }

    private async Task AnswerAsync(HttpContext context, PollResult result, Action lost)
    {
        var response = context.Response;
        switch (result.End)
        {
            case PollEnd.Data:
                await WriteAsync(context, result.Messages, lost);
                break;
            case PollEnd.TimedOut:
                response.ContentType = "text/plain";
                response.ContentLength = 0;
                break;
            case PollEnd.Superseded:
            case PollEnd.Ended:
                response.StatusCode = StatusCodes.Status204NoContent;
                break;
            default:
                break;
        }
    }

    private async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> messages, Action lost)
    {
        // A slow client may hold these bytes for long.
        using var held = queued.Hold(messages.Length);
        var response = context.Response;
        response.ContentType = "application/octet-stream";
        response.ContentLength = messages.Length;
        try
        {
            await response.Body.WriteAsync(messages, context.RequestAborted);
            await response.CompleteAsync();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The messages may not have arrived. The connection counts as lost, because a reconnect is better than a gap in the messages.
            lost();
        }
    }
}
