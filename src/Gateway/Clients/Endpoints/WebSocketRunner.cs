using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Serverless.Gateway.Clients.Relay;
using Serverless.Gateway.Clients.Transports.WebSockets;

namespace Serverless.Gateway.Clients.Endpoints;

/// <summary>Runs an admitted WebSocket: in a session of this node, or relayed to the node where its connection lives.</summary>
internal sealed class WebSocketRunner(WebSocketConnector connector, SocketRelay relay)
{
    /// <summary>Runs a WebSocket until it has ended.</summary>
    /// <param name="entry">The admitted WebSocket.</param>
    /// <param name="features">The features of the transport's connection.</param>
    /// <param name="transport">The transport, positioned after the upgrade's response.</param>
    public Task RunAsync(WebSocketEntry entry, IFeatureCollection features, IDuplexPipe transport)
    {
        if (entry.Returning is { } session)
        {
            return WebSocketConnector.ResumeAsync(session, features, transport);
        }

        if (entry.RelayedAs is { } socket)
        {
            var abort = features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort;
            return relay.RunAsync(entry.Connection.Client.Hub, entry.Connection.Id, socket, transport, abort);
        }

        return connector.RunAsync(entry.Connection, entry.IsStateful, features, transport);
    }
}
