using Serverless.Gateway.Upstream.Sockets;

namespace Serverless.Gateway.Tests.InMemory;

/// <summary>Connects to upstreams in memory, and by sockets to all others.</summary>
internal sealed class MemoryUpstreamSockets(UpstreamSockets sockets) : IUpstreamSockets
{
    public ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel) =>
        MemoryNetwork.TryConnect(context.DnsEndPoint.Port) is { } pair ? ValueTask.FromResult(pair.Client) : sockets.ConnectAsync(context, cancel);

    public ValueTask<Stream> WatchAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancel) => sockets.WatchAsync(context, cancel);
}
