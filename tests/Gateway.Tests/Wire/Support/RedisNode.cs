using System.Net.Http.Headers;
using System.Text.Json;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A gateway of a test that has several over one Redis, with what such a test asks of it.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    private const string MetricsToken = "token-of-the-scraper";

    private RedisNode(ServerProcess process)
    {
        Process = process;
        Rest = new RestCaller(process.Address);
    }

    public ServerProcess Process { get; }

    public RestCaller Rest { get; }

    /// <summary>Starts one and returns when it has joined the others.</summary>
    public static async Task<RedisNode> StartAsync(string redis, params (string Key, string Value)[] settings)
    {
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            ["Gateway__Redis"] = redis,
            ["Gateway__Metrics__Token"] = MetricsToken,
            ["UpstreamSettings__Templates__0__UrlTemplate"] = $"http://127.0.0.1:{FreePort.Find()}/",
        };
        foreach (var (key, value) in settings)
        {
            environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var node = new RedisNode(await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, environment));
        await node.StateAsync("Connected");
        return node;
    }

    public async Task<JsonElement> HealthAsync()
    {
        using var json = JsonDocument.Parse((await Rest.SendAsync("GET", "/api/health")).Body);
        return json.RootElement.Clone();
    }

    /// <summary>Ends when its health says so of Redis.</summary>
    public Task StateAsync(string state) => Waits.UntilAsync(
        async () => (await HealthAsync()).GetProperty("redis").GetString() == state, $"Redis is {state}");

    /// <summary>Ends when its log says so.</summary>
    public Task LogsAsync(string text) => Waits.UntilAsync(() => Process.Log.Contains(text, StringComparison.Ordinal), $"the log says '{text}'");

    public async Task<long> LossesAsync() => (await HealthAsync()).GetProperty("losses").GetInt64();

    public async Task<long> WaitingBytesAsync() => (await HealthAsync()).GetProperty("waitingBytes").GetInt64();

    /// <summary>Everything at <c>/metrics</c> now.</summary>
    public async Task<MetricSamples> ScrapeAsync()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Process.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", MetricsToken);
        return new MetricSamples(await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Waits.Limited()));
    }

    /// <summary>Connects a client, whose socket another node may get; returns it with its connection's id.</summary>
    public Task<(HubPeer Peer, string Id)> ConnectAsync(string hub, string? user = null, RedisNode? at = null) =>
        HubPeer.ConnectAsync(Process.Address, (at ?? this).Process.Address, hub, GatewayFixture.ClientToken(hub, user));

    public async ValueTask DisposeAsync() => await Process.DisposeAsync();
}
