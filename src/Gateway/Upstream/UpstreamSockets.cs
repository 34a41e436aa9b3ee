using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Upstream;

/// <summary>Opens the sockets to upstreams: no more at a time, idle ones included, than the node's budget has for all hosts together.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing that must be disposed of, and streams outlive the client.")]
internal sealed class UpstreamSockets(NodeBudget budget)
{
    /// <summary>
    /// How long a connection without a call is kept for the next one. Node.js closes one after 5 s, and another host may need its place.
    /// </summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(4);

    // A host that has died is found out within a minute, also by a stream that only waits for it.
    private const int SilentSeconds = 30;
    private const int ProbeSeconds = 10;
    private const int Probes = 3;

    private readonly SemaphoreSlim _permits = new(budget.Upstream);

    /// <summary>Connects as the HTTP client does by itself, with keep-alive probes beneath. Waits while there are as many sockets as may be.</summary>
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
            return new PermittedStream(socket, _permits);
        }
        catch
        {
            socket?.Dispose();
            _permits.Release();
            throw;
        }
    }

    private sealed class PermittedStream : NetworkStream
    {
        private SemaphoreSlim? _permits;

        public PermittedStream(Socket socket, SemaphoreSlim permits)
            : base(socket, ownsSocket: true)
        {
            _permits = permits;
            UpstreamMetrics.Connections(1);
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (Interlocked.Exchange(ref _permits, null) is { } permits)
            {
                UpstreamMetrics.Connections(-1);
                permits.Release();
            }
        }
    }
}
