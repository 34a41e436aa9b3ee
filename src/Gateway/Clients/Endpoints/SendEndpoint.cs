using Serverless.Gateway.Access;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Relay;
using Serverless.Gateway.Clients.Transports.LongPolling;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>
/// <c>POST</c> and <c>DELETE /client/?hub=…&amp;id=…</c>: receive messages from a client without a WebSocket, and end its connection
/// (docs/contract/transports.md#post).
/// </summary>
internal sealed class SendEndpoint(
    ClientAuthenticator authenticator,
    AdmissionControl control,
    ConnectionIds ids,
    SessionLookup sessions,
    PollingClients polling,
    ClientRelay relay,
    QueuedBytes queued)
{
    private static readonly Refusal OnWebSocket =
        new(StatusCodes.Status405MethodNotAllowed, "POST requests are not allowed for WebSocket connections.");

    private static readonly Refusal Gone = new(StatusCodes.Status404NotFound, "");

    private static readonly Refusal NotPolling =
        new(StatusCodes.Status400BadRequest, "Cannot terminate this connection using the DELETE endpoint.");

    public async Task PostAsync(HttpContext context)
    {
        if (await AuthenticateAsync(context) is not var (client, query))
        {
            return;
        }

        try
        {
            var token = ids.Check(client, query.ConnectionToken!);
            var refusal = Refusal.NoSuchConnection;
            var found = sessions.Find(client, token);
            if (found is null && MayStart(client, token))
            {
                (found, refusal) = await TryStartAsync(client, token, query, context);
            }

            if (queued.IsFull && found is not { Session.Connection.IsAwaited: true })
            {
                // The client keeps its connection and may send the message again.
                await ClientResponses.RefuseAsync(context, new Refusal(StatusCodes.Status429TooManyRequests, QueuedBytes.Refusal) { RetryAfterSeconds = 1 });
                return;
            }

            var status = found is not null
                ? await PostHereAsync(found, context)
                : token.ConnectionId is { } id && !relay.IsAlone
                    ? await relay.PostAsync(client.Hub, id, context.Request.BodyReader, context.RequestAborted)
                    : null;
            await AnswerAsync(context, status, OnWebSocket, refusal);
        }
        catch (BackplaneUnavailableException)
        {
            await ClientResponses.RefuseAsync(context, Refusal.NodesUnreachable);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The client aborted the request before its body ended.
            context.Abort();
        }
    }

    public async Task DeleteAsync(HttpContext context)
    {
        if (await AuthenticateAsync(context) is not var (client, query))
        {
            return;
        }

        try
        {
            var token = ids.Check(client, query.ConnectionToken!);
            var status = sessions.Find(client, token) is { } found
                ? StopHere(found)
                : token.ConnectionId is { } id && !relay.IsAlone
                    ? await relay.StopAsync(client.Hub, id, context.RequestAborted)
                    : null;
            await AnswerAsync(context, status, NotPolling, Refusal.NoSuchConnection);
        }
        catch (BackplaneUnavailableException)
        {
            await ClientResponses.RefuseAsync(context, Refusal.NodesUnreachable);
        }
    }

    // As in ASP.NET Core the connection exists from negotiate on, so a client may post before it polls. The gateway keeps no state for an
    // unused token: the first request decides the transport, and only long polling may begin with a POST.
    private bool MayStart(AuthenticatedClient client, ConnectionTokenResult token) =>
        !queued.IsFull
        && control.RefusalOfStopping() is null
        && client.Identity.Transports.HasFlag(ClientTransports.LongPolling)
        && token.IsValid;

    private async Task<(FoundSession? Found, Refusal Refusal)> TryStartAsync(
        AuthenticatedClient client, ConnectionTokenResult token, ClientQuery query, HttpContext context)
    {
        var (id, refusal) = await ids.TryTakeAsync(client, token);
        if (id is null)
        {
            return (null, refusal);
        }

        var admitted = new NewConnection(id, client, query.ForUpstream, context.Connection.RemoteIpAddress);
        return (new FoundSession(id, await polling.StartByPostAsync(admitted)), default);
    }

    private static async Task<int?> PostHereAsync(FoundSession found, HttpContext context)
    {
        if (found.Session is not { } session)
        {
            return OnWebSocket.Status;
        }

        if (session.Connection.IsClosing)
        {
            return Gone.Status;
        }

        await session.ReceiveAsync(context.Request.BodyReader, context.RequestAborted);
        return StatusCodes.Status200OK;
    }

    private int? StopHere(FoundSession found)
    {
        if (polling.Find(found.ConnectionId) is not { } client)
        {
            return NotPolling.Status;
        }

        polling.Stop(client);
        return StatusCodes.Status202Accepted;
    }

    private static async Task AnswerAsync(HttpContext context, int? status, Refusal refused, Refusal notFound)
    {
        if (status is StatusCodes.Status200OK or StatusCodes.Status202Accepted)
        {
            context.Response.StatusCode = status.Value;
            context.Response.ContentType = "text/plain";
            context.Response.ContentLength = 0;
        }
        else
        {
            await ClientResponses.RefuseAsync(
                context, status is null ? notFound : status == refused.Status ? refused : Gone);
        }
    }

    // Returns null when the request has been answered.
    private async Task<(AuthenticatedClient Client, ClientQuery Query)?> AuthenticateAsync(HttpContext context)
    {
        var query = ClientQuery.Parse(context.Request.QueryString.Value ?? "").WithoutAccessToken();
        var result = await authenticator.AuthenticateAsync(ClientRequest.Of(context, query) with { IsNew = false, NeedsConnectionToken = true });
        if (result.IsRefused)
        {
            await ClientResponses.RefuseAsync(context, result.Refusal);
            return null;
        }

        return (result.Client, query);
    }
}
