using System.Net.Sockets;

namespace Serverless.Gateway.Upstream;

/// <summary>Opens the sockets to upstreams.</summary>
internal static class UpstreamSocket
{
    // A host that has died is found out within a minute, also by a stream that only waits for it.
    private const int SilentSeconds = 30;
    private const int ProbeSeconds = 10;
    private const int Probes = 3;

    /// <summary>Connects as the HTTP client does by itself, with keep-alive probes beneath.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SilentSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
