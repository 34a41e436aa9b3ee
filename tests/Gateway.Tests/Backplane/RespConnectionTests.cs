using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Backplane;

/// <summary>Tests that a server which sends invalid replies loses its connection only.</summary>
public sealed class RespConnectionTests
{
    [Theory]
    [InlineData("$200000000\r\n", "a text of 200000000 bytes; the limit is")]
    [InlineData("*100000000\r\n", "a reply of more than")]
    [InlineData("HTTP/1.1 200 OK\r\n", "begins no value")]
    public async Task A_reply_beyond_a_limit_ends_the_connection_with_the_reason_and_the_link_connects_anew(string reply, string reason)
    {
        await using var redis = await RedisServer.StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, System.Text.Encoding.ASCII.GetBytes(reply), redis.Port);
        var log = new RecordingLog();
        var link = new RedisLink(
            new RedisAddress("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port), NodeId.Create(), null!, TimeProvider.System, log)
        { Take = static (_, _) => { } };
        using var stop = new CancellationTokenSource();
        var running = link.RunAsync(stop.Token);

        await Waits.UntilAsync(() => link.IsUp, "the second connection is there");
        Assert.Contains(log.Lines, line => line.Contains(reason, StringComparison.Ordinal));
        Assert.True((await link.PublishAsync("sg:test", [1])).IsSent);
        await stop.CancelAsync();
        listener.Stop();
        await serving;
        await running;
    }

    // The first connection gets the reply; Redis answers the others.
    private static async Task ServeAsync(TcpListener listener, byte[] reply, int port)
    {
        try
        {
            using (var bad = await listener.AcceptSocketAsync())
            {
                await bad.ReceiveAsync(new byte[1024]);
                await bad.SendAsync(reply);
                while (await bad.ReceiveAsync(new byte[1024]) > 0)
                {
                    // Until the link has closed it.
                }
            }

            using var near = await listener.AcceptSocketAsync();
            using var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await far.ConnectAsync(IPAddress.Loopback, port);
            await using var nearStream = new NetworkStream(near);
            await using var farStream = new NetworkStream(far);
            await Task.WhenAny(nearStream.CopyToAsync(farStream), farStream.CopyToAsync(nearStream));
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            // The link has closed it.
        }
    }

    private sealed class RecordingLog : ILogger<RedisLink>
    {
        private readonly Lock _gate = new();
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_gate)
                {
                    return [.. _lines];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_gate)
            {
                _lines.Add(formatter(state, exception));
            }
        }
    }
}
