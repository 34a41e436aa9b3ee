using System.Buffers;
using System.Net.Sockets;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Clients.Transports.WebSockets;

/// <summary>
/// Writes to the bare socket, bypassing Kestrel's output pipe: one system call on the caller's thread, without a copy or a switch to
/// another thread. Used for connections without TLS, whose pipe is idle after the upgrade.
/// </summary>
internal sealed class SocketOutput : IConnectionOutput
{
    private readonly Socket _socket;

    public SocketOutput(Socket socket)
    {
        _socket = socket;

        // Makes synchronous sends return at once when the socket is full; asynchronous sends are not affected.
        socket.Blocking = false;
    }

    public OutputKeeps Keeps => OutputKeeps.Frame;

    public ReadOnlySpan<byte> BytesOf(Frame frame) => WebSocketFrames.BytesOf(frame).Span;

    public ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        var sent = Send(bytes);
        return sent == bytes.Length ? default : WriteRestSlowAsync(bytes[sent..]);
    }

    public ValueTask WriteAsync(Frame frame)
    {
        var bytes = WebSocketFrames.BytesOf(frame);
        var sent = Send(bytes.Span);
        return sent == bytes.Length ? default : SendRestAsync(bytes[sent..]);
    }

    private int Send(ReadOnlySpan<byte> bytes)
    {
        var sent = _socket.Send(bytes, SocketFlags.None, out var error);
        return error is SocketError.Success or SocketError.WouldBlock ? sent : throw new SocketException((int)error);
    }

    private ValueTask WriteRestSlowAsync(ReadOnlySpan<byte> bytes)
    {
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented);
        return SendRentedAsync(rented, bytes.Length);
    }

    private async ValueTask SendRentedAsync(byte[] rented, int length)
    {
        await SendRestAsync(rented.AsMemory(0, length));

        // The array is not returned when the send fails: the socket may still use it.
        ArrayPool<byte>.Shared.Return(rented);
    }

    private async ValueTask SendRestAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None)..];
        }
    }
}
