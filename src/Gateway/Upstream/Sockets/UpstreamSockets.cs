using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Upstream.Sockets;

/// <summary>Opens the sockets to upstreams. All of them together, idle ones included, stay within the node's budget for all hosts.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing that must be disposed of, and streams outlive the client.")]
internal sealed class UpstreamSockets(NodeBudget budget, TimeProvider time) : IUpstreamSockets
{
    /// <summary>
    /// The time for which an idle connection may be reused. Apache and Node.js close idle connections after 5 s, and gunicorn after 2 s, mostly
    /// without announcing it. Another host may also need the connection's place.
    /// </summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(1.5);

    // A host that has died is detected within a minute, also by a stream that only waits for bytes.
    private const int SilentSeconds = 30;
    private const int ProbeSeconds = 10;
    private const int Probes = 3;

    private readonly SemaphoreSlim _permits = new(budget.Upstream);

    /// <summary>Returns the stream that the HTTP client reads and writes, above TLS.</summary>
    public ValueTask<Stream> WatchAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancel) =>
        ValueTask.FromResult<Stream>(new UpstreamConnection(context.PlaintextStream, time));

    /// <summary>Connects as the HTTP client itself does, with TCP keep-alive probes. Waits while the maximum of sockets is open.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        await _permits.WaitAsync(cancel);
        Socket? socket = null;
        try
        {
            socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, SilentSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new UpstreamSocket(socket, _permits);
        }
        catch
        {
            socket?.Dispose();
            _permits.Release();
            throw;
        }
    }
}
