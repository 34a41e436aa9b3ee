using Microsoft.Net.Http.Headers;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Relay;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Clients.LongPolling;

/// <summary>
/// <c>GET /client/?hub=…&amp;id=…</c> without an upgrade: the first begins the connection and is answered at once, each later one waits
/// for messages (docs/contract/transports.md#long-polling).
/// </summary>
internal sealed class PollEndpoint(
    ClientAdmission admission, PollingClients clients, ClientRelay relay, QueuedBytes queued)
{
    private const string Epoch = "Thu, 01 Jan 1970 00:00:00 GMT";

    public async Task HandleAsync(HttpContext context, ClientQuery query, Admission admitted)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-cache, no-store";
        headers.Pragma = "no-cache";
        headers[HeaderNames.Expires] = Epoch;
        var found = admission.FindSession(admitted, query.ConnectionToken!);
        if (found is { Session: null or { Transport: not ClientTransports.LongPolling } })
        {
            await ClientResponses.RefuseAsync(context, ClientAdmission.OtherTransport);
        }
        else if (found is { ConnectionId: { } id } && clients.Find(id) is { } client)
        {
            await PollAsync(context, client);
        }
        else
        {
            var (newId, refusal) = await admission.TryTakeConnectionIdAsync(admitted, query.ConnectionToken);
            if (newId is null)
            {
                await (admission.FindElsewhere(admitted, query.ConnectionToken!) is { } elsewhere
                    ? PollElsewhereAsync(context, admitted.Hub, elsewhere, refusal)
                    : ClientResponses.RefuseAsync(context, refusal));
                return;
            }

            await clients.StartAsync(newId, admitted, query.ForUpstream, context.Connection.RemoteIpAddress);
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = 0;
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
            await ClientResponses.RefuseAsync(context, ClientRelay.Away);
            return;
        }

        switch (answer)
        {
            case null:
                await ClientResponses.RefuseAsync(context, refusal);
                break;
            case { Status: StatusCodes.Status400BadRequest }:
                await ClientResponses.RefuseAsync(context, ClientAdmission.OtherTransport);
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
        // The client reads as slowly as it likes.
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
            // Whether these messages have arrived, nobody knows: better a client that reconnects than one with a gap.
            lost();
        }
    }
}
