using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Relay;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Clients.WebSockets;

/// <summary>Makes a client's connection over an upgraded transport and runs its session.</summary>
internal sealed class WebSocketConnector(
    HubSessionServices sessions, SocketRelay relay, DrainWorkers workers, IOptions<ClientOptions> options, TimeProvider time)
{
    /// <summary>Goes on with a session over the transport on which its client has come back, until that is gone.</summary>
    /// <param name="session">The session.</param>
    /// <param name="output">The transport's writing side.</param>
    /// <param name="input">The transport's reading side.</param>
    /// <param name="abort">Ends the transport at once.</param>
    public static async Task GoOnAsync(StatefulSession session, IConnectionOutput output, PipeReader input, Action abort)
    {
        if (!await session.TryGoOnAsync(
            output, abort, () => new WebSocketSession(input, session.Connection, session.Hub).RunAsync(isResumed: true)))
        {
            abort();
        }
    }

    /// <summary>Runs a session until the client is gone; ends at once if it is gone already.</summary>
    /// <param name="entry">A new connection, or the one that its client has come back for, here or on another node.</param>
    /// <param name="admission">Who it is.</param>
    /// <param name="clientQuery">What upstream sees of its query.</param>
    /// <param name="features">The transport connection's features.</param>
    /// <param name="transport">The transport, right behind the upgrade's response.</param>
    public Task RunAsync(
        WebSocketEntry entry, Admission admission, string? clientQuery, IFeatureCollection features, IDuplexPipe transport)
    {
        try
        {
            return Start(entry, admission, clientQuery, features, transport);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // A reset during the upgrade has closed the socket; no session has begun.
            features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
            return Task.CompletedTask;
        }
    }

    private Task Start(WebSocketEntry entry, Admission admission, string? clientQuery, IFeatureCollection features, IDuplexPipe transport)
    {
        var lifetime = features.GetRequiredFeature<IConnectionLifetimeFeature>();
        if (entry.Returning is { } returning)
        {
            return GoOnAsync(returning, CreateOutput(features, transport), transport.Input, lifetime.Abort);
        }

        if (entry.RelayedAs is { } socket)
        {
            return relay.RunAsync(admission.Hub, entry.ConnectionId, socket, transport, lifetime.Abort);
        }

        var connection = new ClientConnection(
            entry.ConnectionId,
            admission.Hub,
            admission.Identity!,
            clientQuery,
            options.Value,
            time,
            sessions.Meters.Of(admission.Hub),
            workers,
            CreateOutput(features, transport),
            lifetime.Abort)
        {
            Kind = admission.Kind,
            Transport = ClientTransports.WebSockets,
            Ip = IpOf(features),
        };
        if (!entry.IsStateful)
        {
            return new WebSocketSession(transport.Input, connection, new HubSession(connection, sessions)).RunAsync();
        }

        var hub = HubSession.CreateStateful(connection, sessions);
        return hub.Stateful!.RunAsync(() => new WebSocketSession(transport.Input, connection, hub).RunAsync());
    }

    // Of the request that was upgraded, or of the transport connection; null for a socket that has been reset meanwhile.
    private static IPAddress? IpOf(IFeatureCollection features)
    {
        if (features.Get<IHttpConnectionFeature>() is { } http)
        {
            return http.RemoteIpAddress;
        }

        try
        {
            return (features.Get<IConnectionSocketFeature>()?.Socket.RemoteEndPoint as IPEndPoint)?.Address;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static IConnectionOutput CreateOutput(IFeatureCollection features, IDuplexPipe transport) =>
        features.Get<IConnectionSocketFeature>()?.Socket is { } socket && features.Get<ITlsConnectionFeature>() is null
            ? new SocketOutput(socket)
            : new WebSocketPipeOutput(transport.Output);
}
