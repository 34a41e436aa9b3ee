using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Connections;

namespace Serverless.Gateway.Clients.WebSockets;

/// <summary>Makes a client's connection over an upgraded transport and runs its session.</summary>
internal sealed class WebSocketConnector(
    HubSessionServices sessions, DrainWorkers workers, IOptions<ClientOptions> options, TimeProvider time)
{
    /// <summary>Runs a session until the client is gone.</summary>
    /// <param name="entry">A new connection, or the one that its client has come back for.</param>
    /// <param name="admission">Who it is.</param>
    /// <param name="clientQuery">What upstream sees of its query.</param>
    /// <param name="features">The transport connection's features.</param>
    /// <param name="transport">The transport, right behind the upgrade's response.</param>
    public Task RunAsync(
        WebSocketEntry entry, Admission admission, string? clientQuery, IFeatureCollection features, IDuplexPipe transport)
    {
        var lifetime = features.GetRequiredFeature<IConnectionLifetimeFeature>();
        if (entry.Returning is { } returning)
        {
            return GoOnAsync(returning, features, transport, lifetime);
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
        };
        if (!entry.IsStateful)
        {
            return new WebSocketSession(transport.Input, connection, new HubSession(connection, sessions)).RunAsync();
        }

        var hub = HubSession.CreateStateful(connection, sessions);
        return hub.Stateful!.RunAsync(() => new WebSocketSession(transport.Input, connection, hub).RunAsync());
    }

    private static async Task GoOnAsync(
        StatefulSession session, IFeatureCollection features, IDuplexPipe transport, IConnectionLifetimeFeature lifetime)
    {
        Task RunAsync() => new WebSocketSession(transport.Input, session.Connection, session.Hub).RunAsync(isResumed: true);
        if (!await session.TryGoOnAsync(CreateOutput(features, transport), lifetime.Abort, RunAsync))
        {
            lifetime.Abort();
        }
    }

    private static IConnectionOutput CreateOutput(IFeatureCollection features, IDuplexPipe transport) =>
        features.Get<IConnectionSocketFeature>()?.Socket is { } socket && features.Get<ITlsConnectionFeature>() is null
            ? new SocketOutput(socket)
            : new WebSocketPipeOutput(transport.Output);
}
