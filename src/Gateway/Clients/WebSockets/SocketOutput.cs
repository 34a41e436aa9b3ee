using System.Buffers;
using System.Net.Sockets;
using Serverless.Gateway.Connections;

namespace Serverless.Gateway.Clients.WebSockets;

/// <summary>
/// Writes to the bare socket, past Kestrel's output pipe: one system call on the caller's thread, no copy, no hand-over to another
/// thread. For connections without TLS, whose pipe is idle after the upgrade.
/// </summary>
internal sealed class SocketOutput : IConnectionOutput
{
    private readonly Socket _socket;

    public SocketOutput(Socket socket)
    {
        _socket = socket;

        // Makes synchronous sends return at once when the socket is full; asynchronous ones do not care.
        socket.Blocking = false;
    }

    public ReadOnlySpan<byte> BytesOf(Frame frame) => WebSocketFrames.BytesOf(frame);

    public ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        var sent = _socket.Send(bytes, SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            throw new SocketException((int)error);
        }

        return sent == bytes.Length ? default : WriteRestSlowAsync(bytes[sent..]);
    }

    private ValueTask WriteRestSlowAsync(ReadOnlySpan<byte> bytes)
    {
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented);
        return SendAsync(rented, bytes.Length);
    }

    private async ValueTask SendAsync(byte[] rented, int length)
    {
        var sent = 0;
        while (sent < length)
        {
            sent += await _socket.SendAsync(rented.AsMemory(sent, length - sent), SocketFlags.None);
        }

        // Not returned when the send fails: the socket may still hold it.
        ArrayPool<byte>.Shared.Return(rented);
    }
}
