using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Http;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Clients.ServerSentEvents;

/// <summary><c>GET /client/?hub=…&amp;id=…</c> that accepts <c>text/event-stream</c>: one response as long as the connection.</summary>
internal sealed class EventStreamEndpoint(
    ClientAdmission admission,
    HttpSessions sessions,
    HubSessionServices hubSessions,
    DrainWorkers workers,
    IOptions<ClientOptions> options,
    TimeProvider time)
{
    public async Task HandleAsync(HttpContext context, ClientQuery query, Admission admitted)
    {
        var found = admission.FindSession(admitted, query.ConnectionToken!);
        if (found is { Session: null or { Transport: not ClientTransports.ServerSentEvents } })
        {
            await ClientResponses.RefuseAsync(context, ClientAdmission.OtherTransport);
        }
        else if (found is not null)
        {
            await ClientResponses.RefuseAsync(context, new Refusal(StatusCodes.Status409Conflict, ""));
        }
        else
        {
            var (id, refusal) = await admission.TryTakeConnectionIdAsync(admitted, query.ConnectionToken);
            if (id is null)
            {
                await ClientResponses.RefuseAsync(context, refusal);
                return;
            }

            await RunAsync(context, id, admitted, query.ForUpstream);
        }
    }

    private async Task RunAsync(HttpContext context, string id, Admission admitted, string? clientQuery)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";

        // ASP.NET Core's headers, and two that keep proxies from gathering or compressing the stream: nginx does either unless told not to.
        response.Headers.CacheControl = "no-cache, no-store, no-transform";
        response.Headers.Pragma = "no-cache";
        response.Headers[HeaderNames.ContentEncoding] = "identity";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            // How slow a client may be is for the outbox to say.
            rate.MinDataRate = null;
        }

        var output = new EventStreamOutput(response.BodyWriter);
        var connection = new ClientConnection(
            id,
            admitted.Hub,
            admitted.Identity!,
            clientQuery,
            options.Value,
            time,
            hubSessions.Meters.Of(admitted.Hub),
            workers,
            output,
            context.Abort)
        {
            Kind = admitted.Kind,
            Transport = ClientTransports.ServerSentEvents,
            Ip = context.Connection.RemoteIpAddress,
        };
        var session = new HttpSession(connection, new HubSession(connection, hubSessions), ClientTransports.ServerSentEvents);
        try
        {
            // Found by POSTs before the client can know that it is connected. Old proxies wait for a first byte: a comment.
            sessions.Add(session);
            session.Hub.Start();
            await sessions.SettledAsync();
            await output.WriteAsync(":\r\n"u8);
            using (context.RequestAborted.UnsafeRegister(static one => Leave((ClientConnection)one!), connection))
            {
                await connection.WaitForOutputEndAsync();
            }
        }
        catch (IOException)
        {
            session.Hub.Lost();
        }
        finally
        {
            output.Close();
            sessions.Remove(session);
            await session.EndAsync();
        }
    }

    // Closing its event source is how a client leaves: no error, as in ASP.NET Core.
    private static void Leave(ClientConnection connection) => connection.Abort(CloseReason.ClosedByClient, null);
}
