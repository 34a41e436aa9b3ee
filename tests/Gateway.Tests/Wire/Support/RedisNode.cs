using System.Net.Http.Headers;
using System.Text.Json;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A gateway node of a test with several nodes over one Redis, with the helpers of such tests.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    private const string MetricsToken = "token-of-the-scraper";

    private RedisNode(IRunningServer server)
    {
        Server = server;
        Rest = new RestCaller(server.Address);
    }

    public IRunningServer Server { get; }

    /// <summary>Gets the process of a node that was started as one.</summary>
    public ServerProcess Process => (ServerProcess)Server;

    public RestCaller Rest { get; }

    /// <summary>Starts a node in memory and waits until it has joined the others.</summary>
    public static async Task<RedisNode> StartAsync(string redis, params (string Key, string Value)[] settings) =>
        await JoinedAsync(await MemoryGateway.StartAsync(Environment(redis, settings)));

    /// <summary>Starts a node that can be killed or frozen, and waits until it has joined the others.</summary>
    public static async Task<RedisNode> StartProcessAsync(string redis, params (string Key, string Value)[] settings) =>
        await JoinedAsync(await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, Environment(redis, settings)));

    private static async Task<RedisNode> JoinedAsync(IRunningServer server)
    {
        var node = new RedisNode(server);
        await node.StateAsync("Connected");
        return node;
    }

    private static Dictionary<string, string?> Environment(string redis, (string Key, string Value)[] settings)
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

        return environment;
    }

    public async Task<JsonElement> HealthAsync()
    {
        using var json = JsonDocument.Parse((await Rest.SendAsync("GET", "/api/health")).Body);
        return json.RootElement.Clone();
    }

    /// <summary>Waits until the node's health reports a state of Redis.</summary>
    public Task StateAsync(string state) => Waits.UntilAsync(
        async () => (await HealthAsync()).GetProperty("redis").GetString() == state, $"Redis is {state}");

    /// <summary>Waits until the node's log contains a text.</summary>
    public Task LogsAsync(string text) => Waits.UntilAsync(() => Server.Log.Contains(text, StringComparison.Ordinal), $"the log says '{text}'");

    public async Task<long> LossesAsync() => (await HealthAsync()).GetProperty("losses").GetInt64();

    public async Task<long> WaitingBytesAsync() => (await HealthAsync()).GetProperty("waitingBytes").GetInt64();

    /// <summary>Reads all current samples of <c>/metrics</c>.</summary>
    public async Task<MetricSamples> ScrapeAsync()
    {
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = Server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", MetricsToken);
        return new MetricSamples(await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Waits.Limited()));
    }

    /// <summary>Connects a client, whose socket may be at another node; returns it and its connection id.</summary>
    public Task<(HubPeer Peer, string Id)> ConnectAsync(string hub, string? user = null, RedisNode? at = null) =>
        HubPeer.ConnectAsync(Server.Address, (at ?? this).Server.Address, hub, GatewayFixture.ClientToken(hub, user));

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
