using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Upstream.Sockets;

/// <summary>Opens the sockets to upstreams: no more at a time, idle ones included, than the node's budget has for all hosts together.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing that must be disposed of, and streams outlive the client.")]
internal sealed class UpstreamSockets(NodeBudget budget, TimeProvider time) : IUpstreamSockets
{
    /// <summary>
    /// How long a connection without a call may be used for the next one. Apache closes one after 5 s, as Node.js does, and gunicorn after
    /// 2 s, mostly without saying so before. Another host may need its place, too.
    /// </summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(1.5);

    // A host that has died is found out within a minute, also by a stream that only waits for it.
    private const int SilentSeconds = 30;
    private const int ProbeSeconds = 10;
    private const int Probes = 3;

    private readonly SemaphoreSlim _permits = new(budget.Upstream);

    /// <summary>What the HTTP client reads and writes, once TLS is done.</summary>
    public ValueTask<Stream> WatchAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancel) =>
        ValueTask.FromResult<Stream>(new UpstreamConnection(context.PlaintextStream, time));

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
