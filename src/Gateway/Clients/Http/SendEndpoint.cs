using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.LongPolling;
using Serverless.Gateway.Clients.Relay;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Clients.Http;

/// <summary>
/// <c>POST</c> and <c>DELETE /client/?hub=…&amp;id=…</c>: what a client without a socket sends, and its goodbye (docs/contract/transports.md#post).
/// </summary>
internal sealed class SendEndpoint(ClientAdmission admission, PollingClients polling, ClientRelay relay, QueuedBytes queued)
{
    private static readonly Refusal OnWebSocket =
        new(StatusCodes.Status405MethodNotAllowed, "POST requests are not allowed for WebSocket connections.");

    private static readonly Refusal Gone = new(StatusCodes.Status404NotFound, "");

    private static readonly Refusal NotPolling =
        new(StatusCodes.Status400BadRequest, "Cannot terminate this connection using the DELETE endpoint.");

    public async Task PostAsync(HttpContext context)
    {
        if (await AuthenticateAsync(context) is not var (admitted, query))
        {
            return;
        }

        try
        {
            var token = query.ConnectionToken!;
            var refusal = ClientAdmission.NoSuchConnection;
            var found = admission.FindSession(admitted, token);
            if (found is null && MayStart(admitted, token))
            {
                (found, refusal) = await TryStartAsync(admitted, query, context);
            }

            if (queued.IsFull && found is not { Session.Connection.IsAwaited: true })
            {
                // The client keeps its connection, and its message.
                await ClientResponses.RefuseAsync(context, new Refusal(StatusCodes.Status429TooManyRequests, QueuedBytes.Refusal) { RetryAfterSeconds = 1 });
                return;
            }

            var status = found is not null
                ? await PostHereAsync(found, context)
                : admission.FindElsewhere(admitted, token) is { } id
                    ? await relay.PostAsync(admitted.Hub, id, context.Request.BodyReader, context.RequestAborted)
                    : null;
            await AnswerAsync(context, status, OnWebSocket, refusal);
        }
        catch (BackplaneUnavailableException)
        {
            await ClientResponses.RefuseAsync(context, ClientRelay.Away);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The client broke off within its body.
            context.Abort();
        }
    }

    public async Task DeleteAsync(HttpContext context)
    {
        if (await AuthenticateAsync(context) is not var (admitted, query))
        {
            return;
        }

        try
        {
            var token = query.ConnectionToken!;
            var status = admission.FindSession(admitted, token) is { } found
                ? StopHere(found)
                : admission.FindElsewhere(admitted, token) is { } id
                    ? await relay.StopAsync(admitted.Hub, id, context.RequestAborted)
                    : null;
            await AnswerAsync(context, status, NotPolling, ClientAdmission.NoSuchConnection);
        }
        catch (BackplaneUnavailableException)
        {
            await ClientResponses.RefuseAsync(context, ClientRelay.Away);
        }
    }

    // As in ASP.NET Core the connection exists from negotiate on, so a client may post before it polls. Nothing is remembered of a token
    // that has not been used: the first request decides the transport, and only long polling begins with a POST.
    private bool MayStart(Admission admitted, string token) =>
        !queued.IsFull
        && admission.RefusalOfStopping() is null
        && admitted.Identity!.Transports.HasFlag(ClientTransports.LongPolling)
        && admission.MayConnect(admitted, token);

    private async Task<(FoundSession? Found, Refusal Refusal)> TryStartAsync(Admission admitted, ClientQuery query, HttpContext context)
    {
        var (id, refusal) = await admission.TryTakeConnectionIdAsync(admitted, query.ConnectionToken);
        return id is null
            ? (null, refusal)
            : (new FoundSession(id, await polling.StartByPostAsync(id, admitted, query.ForUpstream, context.Connection.RemoteIpAddress)), default);
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

    // Null when the answer has been given.
    private async Task<(Admission Admitted, ClientQuery Query)?> AuthenticateAsync(HttpContext context)
    {
        var query = ClientQuery.Parse(context.Request.QueryString.Value ?? "").WithoutAccessToken();
        var admitted = await admission.AuthenticateAsync(
            query, context.Request.Headers.Authorization, RequestAddress.Of(context), isNew: false);
        if (admitted.Identity is null)
        {
            await ClientResponses.RefuseAsync(context, admitted.Refusal);
            return null;
        }

        if (query.ConnectionToken is null)
        {
            await ClientResponses.RefuseAsync(context, ClientAdmission.TokenRequired);
            return null;
        }

        return (admitted, query);
    }
}
