using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;
using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Clients.Transports.ServerSentEvents;

/// <summary>Runs connections over server-sent events: one response for as long as the connection lives.</summary>
internal sealed class EventStreams(HttpSessions sessions, HubSessionServices hubSessions, ClientConnectionFactory connections)
{
    /// <summary>Writes the connection's messages into the response until the client has gone or the connection has ended.</summary>
    public async Task RunAsync(HttpContext context, NewConnection admitted)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";

        // ASP.NET Core's headers, and two that keep proxies from buffering or compressing the stream, as nginx does by default.
        response.Headers.CacheControl = "no-cache, no-store, no-transform";
        response.Headers.Pragma = "no-cache";
        response.Headers[HeaderNames.ContentEncoding] = "identity";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            // The outbox limits how slow a client may be.
            rate.MinDataRate = null;
        }

        var output = new EventStreamOutput(response.BodyWriter);
        var connection = connections.Create(admitted, ClientTransports.ServerSentEvents, output, context.Abort);
        var session = new HttpSession(connection, hubSessions);
        try
        {
            // POSTs find the session before the client can know that it is connected. Old proxies wait for a first byte, so a comment is sent.
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

    // A client leaves by closing its event source, which is not an error, as in ASP.NET Core.
    private static void Leave(ClientConnection connection) => connection.Abort(CloseReason.ClosedByClient, null);
}
