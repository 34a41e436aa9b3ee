using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Serverless.Gateway.Listening;

/// <summary>
/// Accepts sockets within the node's budget. When the system has no free descriptor, Kestrel's own listener retries at once and keeps a
/// processor busy; this listener waits.
/// </summary>
internal sealed class GatewayListener(
    Socket listening, SocketConnectionContextFactory connections, bool noDelay, AcceptedSockets sockets, TimeProvider time) : IConnectionListener
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _unbound = new();

    public EndPoint EndPoint { get; } = listening.LocalEndPoint!;

    /// <returns>Null once the listener is unbound.</returns>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                await sockets.WaitForRoomAsync(_unbound.Token);
                var accepted = await listening.AcceptAsync(cancellationToken);
                var socket = AcceptedSocket.From(accepted, sockets);
                try
                {
                    socket.NoDelay = noDelay;
                    return connections.Create(socket);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException exception) when (IsOutOfDescriptors(exception.SocketErrorCode))
            {
                sockets.MakeRoom();
                if (!await WaitAsync())
                {
                    return null;
                }
            }
            catch (SocketException)
            {
                // The client reset the connection before it was accepted.
            }
            catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException)
            {
                return null;
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _unbound.Cancel();
        listening.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _unbound.Cancel();
        listening.Dispose();
        connections.Dispose();
        return ValueTask.CompletedTask;
    }

    // EMFILE and ENFILE; ENOBUFS and ENOMEM.
    private static bool IsOutOfDescriptors(SocketError error) => error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable;

    private async ValueTask<bool> WaitAsync()
    {
        try
        {
            await Task.Delay(Pause, time, _unbound.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
