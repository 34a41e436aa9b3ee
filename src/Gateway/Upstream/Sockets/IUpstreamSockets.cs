namespace Serverless.Gateway.Upstream.Sockets;

/// <summary>Provides the connections of the HTTP client to upstreams. Tests replace the network below it.</summary>
internal interface IUpstreamSockets
{
    /// <summary>Connects to an upstream.</summary>
    ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel);

    /// <summary>Returns the stream that the HTTP client reads and writes, above TLS.</summary>
    ValueTask<Stream> WatchAsync(SocketsHttpPlaintextStreamFilterContext context, CancellationToken cancel);
}
