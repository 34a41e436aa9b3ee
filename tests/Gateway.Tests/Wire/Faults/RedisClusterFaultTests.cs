using System.Globalization;
using System.Text.Json;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Processes;
using Serverless.Support.Redis;
using Xunit.Abstractions;

namespace Serverless.Gateway.Tests.Wire.Faults;

/// <summary>Slots that move, servers that die and replicas that take over, under traffic.</summary>
public sealed class RedisClusterFaultTests(ITestOutputHelper output)
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData("AtMostOnce")]
    [InlineData("AtLeastOnce")]
    public async Task A_slot_that_moves_under_traffic_keeps_the_order_and_nodes_hear_its_hubs_again(string delivery)
    {
        await using var redis = await RedisCluster.StartAsync();
        await using var first = await StartAsync(redis, delivery: delivery);
        await using var second = await StartAsync(redis, delivery: delivery);
        await using var client = await ConnectAsync(second);
        var rest = new RestCaller(first.Address);
        var (slot, server) = await redis.PlaceOfAsync($"sg:{{{_hub}}}:a");

        var sent = 0;
        await SendUntilAsync(rest, async () => { await redis.MoveAsync(slot, server, (server + 1) % 3); return true; }, () => sent++);
        await SendUntilAsync(rest, () => Task.FromResult(second.Log.Contains($"Slot {slot} has moved", StringComparison.Ordinal)), () => sent++);
        await SendUntilAsync(rest, async () => { await redis.MoveAsync(slot, (server + 1) % 3, (server + 2) % 3); return true; }, () => sent++);
        await SendUntilAsync(
            rest, () => Task.FromResult(second.Log.Split($"Slot {slot} has moved").Length == 3), () => sent++);

        // Both nodes have subscribed again: from now on no message is lost.
        var settled = sent;
        for (var i = 0; i < 50; i++)
        {
            await SendAsync(rest, sent++);
        }

        var heard = await HeardToAsync(client, sent - 1);
        Assert.Equal(heard.Order().Distinct(), heard);
        Assert.Equal(Enumerable.Range(settled, 50), heard.Where(number => number >= settled));
        output.WriteLine($"{delivery}: {sent} accepted, {sent - heard.Count} lost over two moves");
        if (delivery == "AtLeastOnce")
        {
            Assert.Equal(sent, heard.Count);
        }

        using var health = JsonDocument.Parse((await new RestCaller(second.Address).SendAsync("GET", "/api/health")).Body);
        Assert.Equal(delivery == "AtLeastOnce" ? 0 : 2, health.RootElement.GetProperty("losses").GetInt32());

        // Queries and replies are routed correctly too.
        Assert.Equal(200, await rest.StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/users/u1"));
        Assert.Equal(404, await rest.StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/users/u2"));
    }

    [Fact]
    public async Task A_server_that_dies_is_replaced_by_its_replica_and_what_waited_comes_in_order()
    {
        await using var redis = await RedisCluster.StartAsync(replicas: 1);
        var hub = await HubOfAsync(redis, server: 0);
        await using var first = await StartAsync(redis, redis.Servers[1].Address);
        await using var second = await StartAsync(redis, redis.Servers[2].Address);
        await using var client = await ConnectAsync(second, hub);
        var rest = new RestCaller(first.Address);
        await SendAsync(rest, 0, hub);
        Assert.Equal([0], await HeardToAsync(client, 0));

        await redis.Servers[0].KillAsync();
        await StateAsync(first, "Partial");
        for (var i = 1; i < 20; i++)
        {
            await SendAsync(rest, i, hub);
        }

        await StateAsync(first, "Connected");
        await StateAsync(second, "Connected");
        await SendAsync(rest, 20, hub);
        var heard = await HeardToAsync(client, 20);
        Assert.Equal(heard.Order().Distinct(), heard);
        Assert.Equal(200, await rest.StatusAsync("HEAD", $"/api/v1/hubs/{hub}/users/u1"));
        output.WriteLine($"21 accepted, {20 - heard.Count} lost while the replica took over");
    }

    [Fact]
    public async Task While_a_server_without_replica_is_away_messages_wait_and_a_node_that_dies_is_reported_when_it_is_back()
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using var redis = await RedisCluster.StartAsync();
        await using var first = await StartAsync(redis, upstream: upstream.Template, asProcess: true);
        await using var second = await StartAsync(redis, upstream: upstream.Template);
        await using var client = await ConnectAsync(second);
        Assert.Equal("connected", (await upstream.Hub(_hub).NextAsync()).Event);
        await using var lost = await HubPeer.ConnectAsync(first.Address, _hub, GatewayFixture.ClientToken(_hub, "gone"), HubProtocol.Json);
        Assert.Equal("connected", (await upstream.Hub(_hub).NextAsync()).Event);
        var rest = new RestCaller(first.Address);
        var (_, server) = await redis.PlaceOfAsync($"sg:{{{_hub}}}:a");

        await redis.Servers[server].KillAsync();
        await Waits.UntilAsync(async () => await HealthAsync(first) != "Connected", "the loss of a server is reported");
        for (var i = 0; i < 20; i++)
        {
            await SendAsync(rest, i);
            Assert.Contains($"[{i}]", await lost.NextAsync(), StringComparison.Ordinal); // its own clients are served
        }

        await redis.Servers[server].RestartAsync();
        await redis.WellAsync();
        await StateAsync(first, "Connected");
        await StateAsync(second, "Connected");
        await SendAsync(rest, 20);
        var heard = await HeardToAsync(client, 20);
        Assert.Equal(heard.Order().Distinct(), heard);

        await ((ServerProcess)first).KillAsync();
        var disconnected = await upstream.Hub(_hub).NextAsync("disconnected");
        Assert.Equal("gone", disconnected.Header("X-ASRS-User-Id"));
    }

    // Returns a hub whose channels are on a given server.
    private static async Task<string> HubOfAsync(RedisCluster redis, int server)
    {
        for (var i = 0; ; i++)
        {
            var hub = $"{GatewayFixture.NewHub()}{i}";
            if ((await redis.PlaceOfAsync($"sg:{{{hub}}}:a")).Server == server)
            {
                return hub;
            }
        }
    }

    private static Task<string> HealthAsync(IRunningServer node) => HealthAsync(new RestCaller(node.Address));

    private static async Task<string> HealthAsync(RestCaller rest)
    {
        using var health = JsonDocument.Parse((await rest.SendAsync("GET", "/api/health")).Body);
        return health.RootElement.GetProperty("redis").GetString()!;
    }

    private static Task StateAsync(IRunningServer node, string state) =>
        Waits.UntilAsync(async () => await HealthAsync(node) == state, $"Redis is {state}");

    private static async Task<IRunningServer> StartAsync(
        RedisCluster redis, string? address = null, string? upstream = null, string delivery = "AtMostOnce", bool asProcess = false)
    {
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            ["Gateway__Redis"] = address ?? redis.Address,
            ["Gateway__Delivery"] = delivery,
            ["Gateway__Nodes__Timeout"] = "00:00:05",
            ["UpstreamSettings__Templates__0__UrlTemplate"] = upstream ?? $"http://127.0.0.1:{FreePort.Find()}/",
        };
        IRunningServer node = asProcess
            ? await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, environment)
            : await MemoryGateway.StartAsync(environment);
        await StateAsync(node, "Connected");
        return node;
    }

    private static async Task<List<int>> HeardToAsync(HubPeer client, int last)
    {
        var heard = new List<int>();
        while (heard.LastOrDefault(-1) < last)
        {
            using var message = JsonDocument.Parse(await client.NextAsync());
            heard.Add(message.RootElement.GetProperty("arguments")[0].GetInt32());
        }

        return heard;
    }

    private async Task SendUntilAsync(RestCaller rest, Func<Task<bool>> done, Func<int> next)
    {
        var work = Waits.UntilAsync(done, "the operation under traffic has completed");
        while (!work.IsCompleted)
        {
            await SendAsync(rest, next());
        }

        await work;
    }

    private async Task SendAsync(RestCaller rest, int number, string? hub = null) => Assert.Equal(
        202,
        await rest.StatusAsync(
            "POST", $"/api/v1/hubs/{hub ?? _hub}", string.Create(CultureInfo.InvariantCulture, $$"""{"Target":"n","Arguments":[{{number}}]}""")));

    private Task<HubPeer> ConnectAsync(IRunningServer node, string? hub = null) =>
        HubPeer.ConnectAsync(node.Address, hub ?? _hub, GatewayFixture.ClientToken(hub ?? _hub, "u1"), HubProtocol.Json);
}
