using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Clients.Transports.WebSockets;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Clients.Relay;

/// <summary>Holds the WebSockets of other nodes over which clients have returned to connections of this node.</summary>
internal sealed class RelayedSockets(StatefulSessions sessions, QueuedBytes queued, IOptions<BackplaneOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, RelayedSocket> _sockets = new(StringComparer.Ordinal);
    private readonly TimeSpan _readTimeout = options.Value.Nodes.Timeout;

    /// <summary>Resumes a session over a socket of another node, over which its client has returned.</summary>
    /// <returns>Null if the connection does not live on this node.</returns>
    public RelayAnswer? Open(HubName hub, string connectionId, string name)
    {
        if (sessions.Find(connectionId) is not { } session || session.Connection.Hub != hub)
        {
            return null;
        }

        var socket = new RelayedSocket(_readTimeout, time);
        _sockets[name] = socket;
        _ = RunAsync(session, socket, name);
        return new RelayAnswer(StatusCodes.Status200OK);
    }

    /// <summary>Takes bytes from the client.</summary>
    public async Task<RelayAnswer?> TakeAsync(string name, ReadOnlyMemory<byte> bytes)
    {
        using var held = queued.Hold(bytes.Length);
        return _sockets.TryGetValue(name, out var socket) && await socket.TakeAsync(bytes) ? new RelayAnswer(StatusCodes.Status200OK) : null;
    }

    /// <summary>Waits for bytes for the client.</summary>
    public async Task<RelayAnswer?> GiveAsync(string name) => _sockets.TryGetValue(name, out var socket) ? await socket.GiveAsync(_readTimeout) : null;

    /// <summary>Records that the client has left a socket.</summary>
    public RelayAnswer? Left(string name)
    {
        if (_sockets.TryGetValue(name, out var socket))
        {
            socket.Left();
        }

        return null;
    }

    private async Task RunAsync(StatefulSession session, RelayedSocket socket, string name)
    {
        await WebSocketConnector.ResumeAsync(session, socket.Output, socket.Input, socket.Abort);
        socket.End();
        await socket.Over;
        _sockets.TryRemove(name, out _);
        socket.Dispose();
    }
}
