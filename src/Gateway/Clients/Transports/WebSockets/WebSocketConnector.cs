using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Clients.Transports.WebSockets;

/// <summary>Connects upgraded transports to hub sessions: starts a new session, or resumes one whose client has returned.</summary>
internal sealed class WebSocketConnector(HubSessionServices sessions, ClientConnectionFactory connections)
{
    /// <summary>Runs the session of a new connection until the client has gone; completes at once if it has gone already.</summary>
    /// <param name="admitted">The admitted connection.</param>
    /// <param name="isStateful">The client was promised stateful reconnect.</param>
    /// <param name="features">The features of the transport's connection.</param>
    /// <param name="transport">The transport, positioned after the upgrade's response.</param>
    public Task RunAsync(NewConnection admitted, bool isStateful, IFeatureCollection features, IDuplexPipe transport)
    {
        var abort = AbortOf(features);
        if (CreateOutput(features, transport) is not { } output)
        {
            return Task.CompletedTask;
        }

        var connection = connections.Create(admitted, ClientTransports.WebSockets, output, abort);
        if (!isStateful)
        {
            return new WebSocketSession(transport.Input, connection, new HubSession(connection, sessions)).RunAsync();
        }

        var hub = HubSession.CreateStateful(connection, sessions);
        return hub.Stateful!.RunAsync(() => new WebSocketSession(transport.Input, connection, hub).RunAsync());
    }

    /// <summary>Resumes a session over the transport on which its client has returned, until that transport has ended.</summary>
    /// <param name="session">The session.</param>
    /// <param name="features">The features of the transport's connection.</param>
    /// <param name="transport">The transport, positioned after the upgrade's response.</param>
    public static Task ResumeAsync(StatefulSession session, IFeatureCollection features, IDuplexPipe transport) =>
        CreateOutput(features, transport) is { } output
            ? ResumeAsync(session, output, transport.Input, AbortOf(features))
            : Task.CompletedTask;

    /// <summary>Resumes a session over the two sides of a transport, until that transport has ended.</summary>
    /// <param name="session">The session.</param>
    /// <param name="output">The transport's writing side.</param>
    /// <param name="input">The transport's reading side.</param>
    /// <param name="abort">Ends the transport at once.</param>
    public static async Task ResumeAsync(StatefulSession session, IConnectionOutput output, PipeReader input, Action abort)
    {
        if (!await session.TryGoOnAsync(
            output, abort, () => new WebSocketSession(input, session.Connection, session.Hub).RunAsync(isResumed: true)))
        {
            abort();
        }
    }

    private static Action AbortOf(IFeatureCollection features) => features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort;

    // Null, and the transport aborted, where a reset during the upgrade has closed the socket: no session has started.
    private static IConnectionOutput? CreateOutput(IFeatureCollection features, IDuplexPipe transport)
    {
        try
        {
            return features.Get<IConnectionSocketFeature>()?.Socket is { } socket && features.Get<ITlsConnectionFeature>() is null
                ? new SocketOutput(socket)
                : new WebSocketPipeOutput(transport.Output);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            AbortOf(features)();
            return null;
        }
    }
}
