using System.Buffers;
using System.IO.Pipelines;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;

namespace Serverless.Gateway.Clients.Relay;

/// <summary>
/// Relays a WebSocket whose client has returned to a connection of another node: passes bytes in both directions, unparsed, until either
/// side ends. A piece that is lost between the nodes ends the socket, and the client reconnects once more.
/// </summary>
internal sealed class SocketRelay(ClientRelay relay, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PerSocket = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MaxSpread = TimeSpan.FromSeconds(5);

    private int _open;

    /// <summary>Relays a socket until it ends. Does not throw.</summary>
    /// <param name="hub">The connection's hub.</param>
    /// <param name="connectionId">The connection.</param>
    /// <param name="socket">The socket's name on the node where the connection lives.</param>
    /// <param name="transport">The socket, positioned after the upgrade's response.</param>
    /// <param name="abort">Ends the socket at once.</param>
    public async Task RunAsync(HubName hub, string connectionId, string socket, IDuplexPipe transport, Action abort)
    {
        using var ended = new CancellationTokenSource();
        Interlocked.Increment(ref _open);
        using var stopping = lifetime.ApplicationStopping.UnsafeRegister(_ => LeaveSoon(ended), null);
        var route = new RelayedClient(hub, connectionId, socket, ended.Token);
        var sending = SendAsync(route, transport.Input);
        var receiving = ReceiveAsync(route, transport.Output);
        if (await Task.WhenAny(sending, receiving) == sending)
        {
            // The other side may still answer a Close frame.
            relay.TellLeft(hub, connectionId, socket);
            await Task.WhenAny(receiving, Task.Delay(LeaveTimeout, time, ended.Token));
        }

        await ended.CancelAsync();
        transport.Input.CancelPendingRead();
        await sending;
        if (!await receiving)
        {
            relay.TellLeft(hub, connectionId, socket);
            abort();
        }

        Interlocked.Decrement(ref _open);
    }

    // The node is stopping. All clients return to another node, spread over some seconds.
    private void LeaveSoon(CancellationTokenSource ended)
    {
        var spread = PerSocket * Volatile.Read(ref _open);
        ended.CancelAfter((spread < MaxSpread ? spread : MaxSpread) * Random.Shared.NextDouble());
    }

    // Sends each piece after the piece before it has been taken.
    private async Task SendAsync(RelayedClient route, PipeReader input)
    {
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(route.Ended);
                var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, ClientRelay.PieceBytes));
                var isTaken = piece.IsEmpty || await relay.SendAsync(route.Hub, route.ConnectionId, route.Socket, piece.ToArray(), route.Ended);
                input.AdvanceTo(piece.End);
                if (!isTaken || result.IsCanceled || (result.IsCompleted && piece.Length == result.Buffer.Length))
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // The socket or the connection to the other node is lost.
        }
    }

    // Returns true if the socket has ended in order.
    private async Task<bool> ReceiveAsync(RelayedClient route, PipeWriter output)
    {
        try
        {
            while (await relay.ReadAsync(route.Hub, route.ConnectionId, route.Socket, route.Ended) is { } answer)
            {
                if (answer.Status != StatusCodes.Status200OK)
                {
                    return true;
                }

                if (!answer.Body.IsEmpty && !await TryWriteAsync(route, output, answer.Body))
                {
                    return false;
                }
            }
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // The socket or the connection to the other node is lost.
        }

        return false;
    }

    // While a slow client blocks the write, empty pieces show the other node that this node is alive.
    private async Task<bool> TryWriteAsync(RelayedClient route, PipeWriter output, ReadOnlyMemory<byte> bytes)
    {
        var written = output.WriteAsync(bytes, route.Ended);
        if (!written.IsCompleted)
        {
            var writing = written.AsTask();
            while (await Task.WhenAny(writing, Task.Delay(SignOfLife, time, route.Ended)) != writing)
            {
                route.Ended.ThrowIfCancellationRequested();
                await relay.SendAsync(route.Hub, route.ConnectionId, route.Socket, default, route.Ended);
            }

            return !(await writing).IsCompleted;
        }

        return !written.Result.IsCompleted;
    }

    private static bool IsEnd(Exception exception) => exception is IOException or OperationCanceledException or BackplaneUnavailableException;

    private sealed record RelayedClient(HubName Hub, string ConnectionId, string Socket, CancellationToken Ended);
}
