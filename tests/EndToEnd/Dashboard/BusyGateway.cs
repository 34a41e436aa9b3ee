using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Dashboard;

/// <summary>
/// A stand-in for a gateway with 10,000 connections and 5,000 messages per second: it serves the real page, and feeds it by the documented
/// feed (docs/live-trace.md) with every event, which is ten times the gateway's maximum rate.
/// </summary>
internal sealed class BusyGateway : IAsyncDisposable
{
    private const int EventsPerSecond = 5000;
    private const int BatchesPerSecond = 10;

    private static readonly string[] Events = ["MessageReceived", "UpstreamRequest", "UpstreamAnswered", "CompletionSent"];
    private static readonly string[] Categories = ["Messaging", "HttpRequests", "HttpRequests", "Messaging"];

    private readonly WebApplication _app;
    private long _sent;

    private BusyGateway(WebApplication app) => _app = app;

    public Uri Page => new($"{_app.Urls.Single()}/dashboard/");

    /// <summary>The number of events sent.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public static async Task<BusyGateway> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var gateway = new BusyGateway(builder.Build());
        gateway.Map(gateway._app);
        await gateway._app.StartAsync();
        return gateway;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private void Map(WebApplication app)
    {
        var files = new PhysicalFileProvider(Path.Combine(BuiltProgram.Gateway.Directory, "dashboard"));
        app.UseWebSockets();
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files, RequestPath = "/dashboard" });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files, RequestPath = "/dashboard" });
        app.MapGet("/dashboard/sign-in.json", () => Text($$"""{"audience":"http://127.0.0.1/admin","accessKey":"{{DashboardSystem.EmulatorKey}}"}"""));
        app.MapGet("/admin/usage", () => Text("""{"usage":[],"total":{"clientUnits":0,"upstreamUnits":0,"liveTraceUnits":0}}"""));
        app.MapGet("/admin/templates", () => Text("""{"value":[]}"""));
        app.MapPost("/admin/live/negotiate", () => Text(
            """{"negotiateVersion":1,"connectionId":"a","connectionToken":"b","availableTransports":[{"transport":"WebSockets","transferFormats":["Text","Binary"]}]}"""));
        app.Map("/admin/live", ServeAsync);
    }

    private async Task ServeAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var turn = new SemaphoreSlim(1);
        var streams = new List<Task>();
        await foreach (var message in ReadAsync(socket, context.RequestAborted))
        {
            if (message.TryGetProperty("protocol", out _))
            {
                await SendAsync(socket, turn, "{}", context.RequestAborted);
            }
            else if (message.TryGetProperty("target", out var target))
            {
                var id = message.GetProperty("invocationId").GetString()!;
                streams.Add(target.GetString() switch
                {
                    "overview" => RepeatAsync(1, i => Item(id, Overview(i))),
                    "watch" => RepeatAsync(BatchesPerSecond, i => Item(id, Batch(i))),
                    _ => SendAsync(socket, turn, $$"""{"type":3,"invocationId":"{{id}}"}""", context.RequestAborted),
                });
            }
        }

        await Task.WhenAll(streams.Select(stream => stream.ContinueWith(static _ => { }, TaskScheduler.Default)));

        async Task RepeatAsync(int perSecond, Func<int, string> create)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond));
            for (var i = 0; await timer.WaitForNextTickAsync(context.RequestAborted) && socket.State == WebSocketState.Open; i++)
            {
                await SendAsync(socket, turn, create(i), context.RequestAborted);
            }
        }
    }

    private static IResult Text(string json) => Results.Text(json, "application/json");

    private static string Item(string id, string item) => $$"""{"type":2,"invocationId":"{{id}}","item":{{item}}}""";

    private static string Overview(int second) => $$"""
        {"time":"{{Now()}}","nodes":[{"node":"busynode","uptimeSeconds":{{second}},"loadPercent":80,"connections":{{10_000 + (second % 7)}},"backplane":"NotConfigured"}],
        "hubs":[{{string.Join(',', Enumerable.Range(0, 20).Select(hub => $$"""{"hub":"hub{{hub}}","connections":500,"diagnostic":0,"received":{{second * 250}},"sent":{{second * 250}}}"""))}}],
        "messages":{"received":1,"sent":1,"toUpstreams":1,"receivedPerSecond":{{4990 + (second % 11)}},"sentPerSecond":{{4980 + (second % 13)}},"bytesReceivedPerSecond":600000,"bytesSentPerSecond":640000},
        "unitsToday":{"client":{{second * 5000}},"upstream":{{second * 5000}},"liveTrace":0,"total":{{second * 10_000}}},
        "upstream":[{"template":0,"calls":{{second * 5000}},"errors":3,"callsPerSecond":5000,"errorsPerSecond":0,"p50":5,"p95":10,"p99":20}],
        "slowConsumers":{"closed":2,"blocked":1,"bytesWaiting":18000},"viewers":1}
        """;

    private string Batch(int batch)
    {
        const int Count = EventsPerSecond / BatchesPerSecond;
        Interlocked.Add(ref _sent, Count);
        var events = Enumerable.Range(batch * Count, Count).Select(i => string.Create(CultureInfo.InvariantCulture, $$"""
            {"time":"{{Now()}}","level":"Informational","category":"{{Categories[i % 4]}}","event":"{{Events[i % 4]}}","message":"The client calls 'relay'.","hub":"hub{{i % 20}}","connectionId":"busynode{{i % 10_000:D18}}","connectionType":"Client","userId":"user{{i % 9000}}","ip":"10.0.0.7","transport":"WebSockets","tracingId":{{1 + (i / 4)}},"node":"busynode","invocationId":"{{i}}","target":"relay","messageType":"InvocationMessage","bytes":157}
            """));
        return $$"""{"events":[{{string.Join(',', events)}}],"omitted":0,"sampledOneIn":1}""";
    }

    private static string Now() => DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture);

    private static async Task SendAsync(WebSocket socket, SemaphoreSlim turn, string message, CancellationToken cancelled)
    {
        await turn.WaitAsync(cancelled);
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(message + '\u001e'), WebSocketMessageType.Text, endOfMessage: true, cancelled);
        }
        finally
        {
            turn.Release();
        }
    }

    // The client writes each of its messages in one piece.
    private static async IAsyncEnumerable<JsonElement> ReadAsync(
        WebSocket socket, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancelled)
    {
        var buffer = new byte[16 * 1024];
        while (socket.State == WebSocketState.Open)
        {
            WebSocketReceiveResult result;
            try
            {
                result = await socket.ReceiveAsync(buffer, cancelled);
            }
            catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
            {
                yield break; // the browser has closed the connection
            }

            foreach (var text in Encoding.UTF8.GetString(buffer, 0, result.Count).Split('\u001e', StringSplitOptions.RemoveEmptyEntries))
            {
                using var json = JsonDocument.Parse(text);
                yield return json.RootElement.Clone();
            }
        }
    }
}
