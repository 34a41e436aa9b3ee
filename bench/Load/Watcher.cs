using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;

namespace Serverless.Load;

/// <summary>Who looks at the gateway while it is measured.</summary>
internal enum Watched
{
    /// <summary>Nobody.</summary>
    ByNobody,

    /// <summary>Prometheus, each second.</summary>
    ByScraper,

    /// <summary>A collector gets the metrics, each second.</summary>
    ByMetrics,

    /// <summary>A collector gets the traces of one call in twenty.</summary>
    ByFewTraces,

    /// <summary>A collector gets the traces of all calls.</summary>
    ByAllTraces,

    /// <summary>A viewer sees the live trace of everything, as much as it gets unasked.</summary>
    ByViewer,
}

/// <summary>Looks at a gateway from this process, until it is disposed.</summary>
internal sealed class Watcher : IDisposable
{
    private const string Token = "the-benchmarks-token-of-metrics";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(10);
    private static readonly ReadOnlyMemory<byte> Handshake = "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Watch = "{\"type\":4,\"invocationId\":\"1\",\"target\":\"watch\",\"arguments\":[{}]}\u001e"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Ping = "{\"type\":6}\u001e"u8.ToArray();

    // One for all runs: a gateway knows its address from the start.
    private static readonly Lazy<(HttpListener Listener, string Address)> Collector = new(StartCollector);
    private static long _received;

    private readonly CancellationTokenSource _ended = new();
    private readonly long _before = Interlocked.Read(ref _received);
    private readonly Task _run;
    private long _shown;

    private Watcher(Func<Watcher, Task> run) => _run = run(this);

    /// <summary>Reads <c>/metrics</c> each second.</summary>
    internal static Watcher Scrape(int port) => new(watcher => Task.Run(() => watcher.ScrapeAsync(port)));

    /// <summary>Follows the live trace.</summary>
    /// <param name="port">The gateway's.</param>
    /// <param name="token">Lets a viewer in.</param>
    internal static Watcher View(int port, string token) => new(watcher => Task.Run(() => watcher.ViewAsync(port, token)));

    /// <summary>Counts what the gateway sends.</summary>
    internal static Watcher Collect() => new(static _ => Task.CompletedTask);

    /// <summary>Tells the gateway whom to let look.</summary>
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

    /// <summary>A figure with nobody looking would say nothing.</summary>
    internal void EnsureUsed()
    {
        if (_run.IsFaulted)
        {
            throw new InvalidOperationException("The gateway's metrics could not be read.", _run.Exception);
        }

        if (Interlocked.Read(ref _shown) == 0 && Interlocked.Read(ref _received) == _before)
        {
            throw new InvalidOperationException("The gateway has shown nothing to who watches it.");
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
            // The run is over.
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
            // The run is over.
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
