using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;

namespace Serverless.Load;

/// <summary>The kind of watcher of a measured gateway.</summary>
internal enum Watched
{
    /// <summary>No watcher.</summary>
    ByNobody,

    /// <summary>Prometheus reads the metrics every second.</summary>
    ByScraper,

    /// <summary>A collector receives the metrics every second.</summary>
    ByMetrics,

    /// <summary>A collector receives the traces of one call in twenty.</summary>
    ByFewTraces,

    /// <summary>A collector receives the traces of all calls.</summary>
    ByAllTraces,

    /// <summary>A viewer receives the live trace of everything, at the default rate.</summary>
    ByViewer,
}

/// <summary>Watches a gateway from this process until it is disposed.</summary>
internal sealed class Watcher : IDisposable
{
    private const string Token = "the-benchmarks-token-of-metrics";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(10);
    private static readonly ReadOnlyMemory<byte> Handshake = "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Watch = "{\"type\":4,\"invocationId\":\"1\",\"target\":\"watch\",\"arguments\":[{}]}\u001e"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Ping = "{\"type\":6}\u001e"u8.ToArray();

    // One for all runs: a gateway gets its address at the start.
    private static readonly Lazy<(HttpListener Listener, string Address)> Collector = new(StartCollector);
    private static long _received;

    private readonly CancellationTokenSource _ended = new();
    private readonly long _before = Interlocked.Read(ref _received);
    private readonly Task _run;
    private long _shown;

    private Watcher(Func<Watcher, Task> run) => _run = run(this);

    /// <summary>Reads <c>/metrics</c> every second.</summary>
    internal static Watcher Scrape(int port) => new(watcher => Task.Run(() => watcher.ScrapeAsync(port)));

    /// <summary>Follows the live trace.</summary>
    /// <param name="port">The gateway's port.</param>
    /// <param name="token">The viewer's access token.</param>
    internal static Watcher View(int port, string token) => new(watcher => Task.Run(() => watcher.ViewAsync(port, token)));

    /// <summary>Counts the gateway's exports.</summary>
    internal static Watcher Collect() => new(static _ => Task.CompletedTask);

    /// <summary>Configures the gateway for a kind of watcher.</summary>
    internal static void Configure(IDictionary<string, string?> environment, Watched watched)
    {
        if (watched == Watched.ByScraper)
        {
            environment["Gateway__Metrics__Token"] = Token;
        }
        else if (watched is not (Watched.ByNobody or Watched.ByViewer))
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = Collector.Value.Address;
            environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
            environment["OTEL_METRIC_EXPORT_INTERVAL"] = Interval.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
            environment[watched == Watched.ByMetrics ? "OTEL_TRACES_EXPORTER" : "OTEL_METRICS_EXPORTER"] = "none";
            environment["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio";
            environment["OTEL_TRACES_SAMPLER_ARG"] = watched == Watched.ByFewTraces ? "0.05" : "1";
        }
    }

    /// <summary>Throws if the watcher has received nothing, because the figure would then be meaningless.</summary>
    internal void EnsureUsed()
    {
        if (_run.IsFaulted)
        {
            throw new InvalidOperationException("The gateway's metrics could not be read.", _run.Exception);
        }

        if (Interlocked.Read(ref _shown) == 0 && Interlocked.Read(ref _received) == _before)
        {
            throw new InvalidOperationException("The watcher has received nothing from the gateway.");
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private async Task ScrapeAsync(int port)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        using var timer = new PeriodicTimer(Interval);
        var address = new Uri($"http://127.0.0.1:{port}/metrics");
        var ended = _ended.Token;
        try
        {
            do
            {
                await http.GetByteArrayAsync(address, ended);
                Interlocked.Increment(ref _shown);
            }
            while (await timer.WaitForNextTickAsync(ended));
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The run has ended.
        }
    }

    private async Task ViewAsync(int port, string token)
    {
        var ended = _ended.Token;
        using var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/admin/live?access_token={token}"), ended);
            await socket.SendAsync(Handshake, WebSocketMessageType.Text, endOfMessage: true, ended);
            await socket.SendAsync(Watch, WebSocketMessageType.Text, endOfMessage: true, ended);
            var buffer = new byte[64 * 1024];
            var pinged = Environment.TickCount64;
            while ((await socket.ReceiveAsync(buffer.AsMemory(), ended)).MessageType != WebSocketMessageType.Close)
            {
                if (buffer.AsSpan().IndexOf("\"tracingId\""u8) >= 0)
                {
                    Interlocked.Increment(ref _shown);
                }

                if (Environment.TickCount64 - pinged > PingEvery.TotalMilliseconds)
                {
                    pinged = Environment.TickCount64;
                    await socket.SendAsync(Ping, WebSocketMessageType.Text, endOfMessage: true, ended);
                }
            }

            throw new InvalidOperationException("The gateway has closed the viewer.");
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The run has ended.
        }
    }

    private static (HttpListener Listener, string Address) StartCollector()
    {
        var address = $"http://127.0.0.1:{Sockets.FreePort()}/";
        var listener = new HttpListener { Prefixes = { address } };
        listener.Start();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                await context.Request.InputStream.CopyToAsync(Stream.Null);
                context.Response.Close();
                Interlocked.Increment(ref _received);
            }
        });
        return (listener, address);
    }
}
