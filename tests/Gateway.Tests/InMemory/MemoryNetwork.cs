using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Serverless.Gateway.Tests.InMemory;

/// <summary>
/// A network inside the test process. Its servers have ports below 1,000 of 127.0.0.1, on which no test opens a socket, so that clients which
/// are given an address need not know what kind of network it belongs to.
/// </summary>
internal static class MemoryNetwork
{
    private const int FirstPort = 1;
    private const int LastPort = 999;

    private static readonly ConcurrentDictionary<int, MemoryTransport> Transports = new();
    private static int _lastPort;

    /// <summary>Gives a server an address.</summary>
    public static Uri Add(MemoryTransport transport)
    {
        for (var i = FirstPort; i <= LastPort; i++)
        {
            var port = FirstPort + (Interlocked.Increment(ref _lastPort) % LastPort);
            if (Transports.TryAdd(port, transport))
            {
                return new Uri($"http://127.0.0.1:{port}");
            }
        }

        throw new InvalidOperationException("Every port of the network in memory is in use.");
    }

    public static void Remove(Uri address) => Transports.TryRemove(address.Port, out _);

    /// <summary>Connects to a server of this network; null where the port belongs to the machine's network.</summary>
    /// <param name="port">The port.</param>
    /// <param name="window">Bytes that the server may have written and the client not read; the server's writes wait beyond.</param>
    public static MemoryStreamPair? TryConnect(int port, int window = MemoryTransport.Window) =>
        Transports.TryGetValue(port, out var transport) ? transport.Connect(window)
            : port is >= FirstPort and <= LastPort ? throw new SocketException((int)SocketError.ConnectionRefused)
            : null;

    /// <summary>An HTTP handler for addresses of either network.</summary>
    public static SocketsHttpHandler CreateHandler() => new() { AllowAutoRedirect = false, UseProxy = false, ConnectCallback = ConnectAsync };

    /// <summary>Connects as <see cref="SocketsHttpHandler"/> does by itself.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel) =>
        await ConnectAsync(context.DnsEndPoint, cancel);

    /// <summary>Connects to an address of either network.</summary>
    public static async ValueTask<Stream> ConnectAsync(DnsEndPoint address, CancellationToken cancel)
    {
        if (TryConnect(address.Port) is { } pair)
        {
            return pair.Client;
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
