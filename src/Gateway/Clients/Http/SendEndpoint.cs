using Serverless.Gateway.Clients.LongPolling;

namespace Serverless.Gateway.Clients.Http;

/// <summary><c>POST</c> and <c>DELETE /client/?hub=…&amp;id=…</c>: what a client without a socket sends, and its goodbye (hub-protocol.md §6).</summary>
internal sealed class SendEndpoint(ClientAdmission admission, PollingClients polling)
{
    private static readonly Refusal OnWebSocket =
        new(StatusCodes.Status405MethodNotAllowed, "POST requests are not allowed for WebSocket connections.");

    private static readonly Refusal Gone = new(StatusCodes.Status404NotFound, "");

    private static readonly Refusal NotPolling =
        new(StatusCodes.Status400BadRequest, "Cannot terminate this connection using the DELETE endpoint.");

    public async Task PostAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } found)
        {
            return;
        }

        if (found.Session is not { } session)
        {
            await ClientResponses.RefuseAsync(context, OnWebSocket);
        }
        else if (session.Connection.IsClosing)
        {
            await ClientResponses.RefuseAsync(context, Gone);
        }
        else
        {
            try
            {
                await session.ReceiveAsync(context.Request.BodyReader, context.RequestAborted);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // The client broke off within its body.
                context.Abort();
                return;
            }

            context.Response.ContentType = "text/plain";
            context.Response.ContentLength = 0;
        }
    }

    public async Task DeleteAsync(HttpContext context)
    {
        if (await FindAsync(context) is not { } found)
        {
            return;
        }

        if (polling.Find(found.ConnectionId) is not { } client)
        {
            await ClientResponses.RefuseAsync(context, NotPolling);
            return;
        }

        polling.Stop(client);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = 0;
    }

    // Null when the answer has been given.
    private async Task<FoundSession?> FindAsync(HttpContext context)
    {
        var query = ClientQuery.Parse(context.Request.QueryString.Value ?? "").WithoutAccessToken();
        var admitted = await admission.AuthenticateAsync(
            query, context.Request.Headers.Authorization, context.Request.Host.Host, isNew: false);
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

        if (admission.FindSession(admitted, query.ConnectionToken) is { } found)
        {
            return found;
        }

        await ClientResponses.RefuseAsync(context, ClientAdmission.NoSuchConnection);
        return null;
    }
}
