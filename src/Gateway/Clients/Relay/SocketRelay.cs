using System.Buffers;
using System.IO.Pipelines;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;

namespace Serverless.Gateway.Clients.Relay;

/// <summary>
/// Carries a WebSocket whose client has come back to a connection of another node: its bytes go there and that node's come back, unread,
/// until either side ends. What gets lost on the way ends the socket, and the client comes back for it once more.
/// </summary>
internal sealed class SocketRelay(ClientRelay relay, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PerSocket = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestSpread = TimeSpan.FromSeconds(5);

    private int _open;

    /// <summary>Carries a socket until it ends. Throws nothing.</summary>
    /// <param name="hub">The connection's hub.</param>
    /// <param name="connectionId">The connection.</param>
    /// <param name="socket">What the socket is called where the connection lives.</param>
    /// <param name="transport">The socket, right behind the upgrade's response.</param>
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
            // The other side may have a last word: the answer to a Close frame.
            relay.TellLeft(hub, connectionId, socket);
            await Task.WhenAny(receiving, Task.Delay(LeaveLimit, time, ended.Token));
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

    // The node stops: all clients come back at another, but not all at once.
    private void LeaveSoon(CancellationTokenSource ended)
    {
        var spread = PerSocket * Volatile.Read(ref _open);
        ended.CancelAfter((spread < LongestSpread ? spread : LongestSpread) * Random.Shared.NextDouble());
    }

    // Each piece when the one before has been taken.
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
            // The socket, or the way to the other node, is gone.
        }
    }

    // True if the socket has ended in order.
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
            // The socket, or the way to the other node, is gone.
        }

        return false;
    }

    // However slow the client is: the other node hears that this one is not.
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
