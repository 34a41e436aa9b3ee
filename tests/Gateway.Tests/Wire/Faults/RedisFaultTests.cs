using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Processes;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Faults;

/// <summary>The behaviour of nodes while Redis is unreachable, and when it has returned.</summary>
public sealed class RedisFaultTests
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task While_redis_is_away_each_node_serves_its_own_and_goes_on_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis.Address);
        await using var second = await StartAsync(redis.Address);
        await using var here = await ConnectAsync(first);
        await using var there = await ConnectAsync(second);
        var rest = new RestCaller(first.Address);
        await SendAsync(rest, "before");
        Assert.Contains("before", await here.NextAsync(), StringComparison.Ordinal);
        Assert.Contains("before", await there.NextAsync(), StringComparison.Ordinal);

        await redis.KillAsync();
        await StateAsync(first, "Unavailable");
        await SendAsync(rest, "one");
        await SendAsync(rest, "two");
        Assert.Contains("one", await here.NextAsync(), StringComparison.Ordinal);
        Assert.Contains("two", await here.NextAsync(), StringComparison.Ordinal);
        var unknown = await rest.SendAsync("HEAD", $"/api/v1/hubs/{_hub}/users/u1");
        Assert.Equal((503, "Error.Request.Unavailable"), (unknown.Status, unknown.Code));

        // A client that connects meanwhile is accepted.
        await using var late = await ConnectAsync(first);
        Assert.StartsWith("""{"type":3,"invocationId":"1",""", await late.InvokeAsync("x"), StringComparison.Ordinal);

        await redis.RestartAsync();
        await StateAsync(first, "Connected");
        await StateAsync(second, "Connected");
        await SendAsync(rest, "after");
        var heard = new List<string>();
        while (!heard.LastOrDefault("").Contains("after", StringComparison.Ordinal))
        {
            heard.Add(await there.NextAsync());
        }

        // Both nodes lost Redis: queued messages arrive only if this node reconnected first. Only at-most-once is guaranteed.
        Assert.Equal(heard.Distinct(), heard);
        Assert.Equal(404, await rest.StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/users/u1"));
    }

    [Fact]
    public async Task A_post_that_cannot_reach_its_clients_node_is_503_and_no_error_of_the_server()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis.Address);
        await using var second = await StartAsync(redis.Address);
        using var peer = await HttpClientPeer.NegotiateAsync(MemoryNetwork.CreateHandler(), first.Address, _hub);
        (await peer.PollAsync()).Dispose();
        await redis.KillAsync();
        await StateAsync(second, "Unavailable");
        var rest = new RestCaller(second.Address);
        for (var i = 0; i < 5; i++)
        {
            var token = GatewayFixture.ClientToken(_hub);
            Assert.Equal(503, (await rest.SendAsync("POST", peer.Target, new string('x', 100_000), token)).Status);
        }

        // The rest of each body is skipped after its response, on the connection that the next POST uses.
        Assert.DoesNotContain("Microsoft.AspNetCore", second.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waited_for_redis_reaches_the_others_in_order_and_before_what_comes_later()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = new CuttableLink(redis.Port);
        await using var cutOff = await StartAsync(way.Address);
        await using var other = await StartAsync(redis.Address);
        await using var client = await HubPeer.ConnectAsync(other.Address, _hub, GatewayFixture.ClientToken(_hub, "u1"), HubProtocol.Json);
        var rest = new RestCaller(cutOff.Address);
        way.Cut();
        await StateAsync(cutOff, "Unavailable");
        for (var i = 0; i < 50; i++)
        {
            await SendAsync(rest, $"waited {i}");
        }

        way.Mend();
        await StateAsync(cutOff, "Connected");
        await SendAsync(rest, "later");
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal($$"""{"type":1,"target":"waited {{i}}","arguments":[]}""", await client.NextAsync());
        }

        Assert.Equal("""{"type":1,"target":"later","arguments":[]}""", await client.NextAsync());

        // The replies of Redis to those commands are not matched to other commands.
        Assert.Equal(202, await rest.StatusAsync("POST", $"/api/v1/hubs/{_hub}/users/u1", """{"Target":"user"}"""));
        Assert.Equal("""{"type":1,"target":"user","arguments":[]}""", await client.NextAsync());
        Assert.Equal(200, await rest.StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/users/u1"));
        Assert.Equal(404, await rest.StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/users/u2"));
    }

    [Fact]
    public async Task Beyond_the_bound_a_send_is_503_and_says_so()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await StartAsync(redis.Address);
        await redis.KillAsync();
        await StateAsync(node, "Unavailable");
        var rest = new RestCaller(node.Address);
        var body = $$"""{"target":"m","arguments":["{{new string('x', 1_000_000)}}"]}""";
        var statuses = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            statuses.Add(await rest.StatusAsync("POST", $"/api/v1/hubs/{_hub}", body));
        }

        Assert.Equal(202, statuses[0]);
        Assert.Equal(503, statuses[^1]);
        var refused = await rest.SendAsync("POST", $"/api/v1/hubs/{_hub}/:send", body);
        Assert.Contains("Redis", refused.Detail("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_setting_that_names_no_redis_keeps_the_node_from_starting_and_is_not_repeated()
    {
        await using var process = ServerProcess.Launch(
            GatewayFixture.StartInfo("--urls", "http://127.0.0.1:0"), new Uri("http://127.0.0.1"), Environment("nowhere,password=topsecret"));
        await Waits.UntilAsync(
            () => process.HasExited && process.Log.Contains("Gateway:Redis is wrong. Write host:port", StringComparison.Ordinal), "the node has exited and logged the reason");
        Assert.DoesNotContain("topsecret", process.Log, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Environment(string redis) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["DOTNET_ENVIRONMENT"] = null,
        ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
        ["Gateway__Redis"] = redis,
        ["UpstreamSettings__Templates__0__UrlTemplate"] = $"http://127.0.0.1:{FreePort.Find()}/",
    };

    private static Task<MemoryGateway> LaunchAsync(string redis) =>
        MemoryGateway.StartAsync(Environment(redis));

    private static async Task<MemoryGateway> StartAsync(string redis)
    {
        var node = await LaunchAsync(redis);
        await StateAsync(node, "Connected");
        return node;
    }

    private static Task StateAsync(MemoryGateway node, string state) => Waits.UntilAsync(
        async () => (await new RestCaller(node.Address).SendAsync("GET", "/api/health")).Body.Contains($"\"redis\":\"{state}\"", StringComparison.Ordinal),
        $"Redis is {state}");

    private async Task SendAsync(RestCaller rest, string target) =>
        Assert.Equal(202, await rest.StatusAsync("POST", $"/api/v1/hubs/{_hub}", $$"""{"Target":"{{target}}"}"""));

    private Task<HubPeer> ConnectAsync(MemoryGateway node) =>
        HubPeer.ConnectAsync(node.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json);
}
