using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Storage;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>A gateway with quotas for some hubs.</summary>
public sealed class QuotaGateway : GatewayFixture
{
    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["Gateway__Quotas__Hubs__0__Hub"] = "two";
        environment["Gateway__Quotas__Hubs__0__Connections"] = "2";
        environment["Gateway__Quotas__Hubs__1__Hub"] = "five";
        environment["Gateway__Quotas__Hubs__1__MessagesPerDay"] = "5";
        environment["Gateway__Quotas__Hubs__2__Hub"] = "crowd";
        environment["Gateway__Quotas__Hubs__2__Connections"] = "10";
    }
}

/// <summary>The service's behaviour at its limits (docs/contract/limits-and-metering.md#throttling-and-closing).</summary>
public sealed class QuotaTests(QuotaGateway gateway) : IClassFixture<QuotaGateway>
{
    [Fact]
    public async Task One_client_too_many_is_429_on_every_way_in_and_let_in_when_another_has_left()
    {
        var early = await HttpClientPeer.NegotiateAsync(gateway, "two");
        var first = await gateway.ConnectAsync("two");
        await using var second = await gateway.ConnectAsync("two");
        Assert.StartsWith("HTTP/1.1 429 ", await UpgradeAsync("two"), StringComparison.Ordinal);
        using (var poll = await early.PollAsync())
        {
            Assert.Equal((429, "Connection count reaches limit"), ((int)poll.StatusCode, await poll.Content.ReadAsStringAsync()));
        }

        using (var stream = await early.SendAsync(HttpMethod.Get, early.Target, accept: "text/event-stream"))
        {
            Assert.Equal(429, (int)stream.StatusCode);
        }

        using (var negotiate = await early.SendAsync(HttpMethod.Post, "/client/negotiate?hub=two&negotiateVersion=1"))
        {
            Assert.Equal((429, "Connection count reaches limit"), ((int)negotiate.StatusCode, await negotiate.Content.ReadAsStringAsync()));
        }

        await using (var other = await gateway.ConnectAsync("three"))
        {
            Assert.StartsWith("""{"type":3""", await other.InvokeAsync("m"), StringComparison.Ordinal);
        }

        // The refused token has not been used up.
        await first.CloseAsync();
        await first.DisposeAsync();
        await Waits.UntilAsync(
            async () =>
            {
                using var poll = await early.PollAsync();
                return (int)poll.StatusCode == 200;
            },
            "the quota has room again");
        early.Dispose();
    }

    [Fact]
    public async Task However_many_come_at_once_no_more_are_let_in_than_there_is_room_for()
    {
        var peers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            var connection = await RawConnection.OpenAsync(gateway.Address);
            await connection.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, "crowd", GatewayFixture.ClientToken("crowd")));
            var head = await connection.ReadHeadAsync();
            if (!head.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal))
            {
                Assert.StartsWith("HTTP/1.1 429 ", head, StringComparison.Ordinal);
                return (connection, IsIn: false);
            }

            await connection.WriteAsync(HubPeer.Frame(Gateway.Connections.Framing.WebSocketOpcode.Text, "{\"protocol\":\"json\",\"version\":1}\u001e"u8));
            var answer = System.Text.Encoding.UTF8.GetString((await connection.ReadAsync(5)).Span[2..]);
            return (connection, IsIn: answer == "{}\u001e");
        }));
        Assert.InRange(peers.Count(peer => peer.IsIn), 1, 10);
        foreach (var (connection, _) in peers)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task When_the_messages_of_the_day_are_used_up_clients_are_closed_and_refused()
    {
        await using var a = await gateway.ConnectAsync("five");
        for (var i = 0; i < 5; i++)
        {
            await gateway.Rest().SendMessageAsync("/api/hubs/five/:send", "m");
            Assert.Contains("\"m\"", await a.NextAsync(), StringComparison.Ordinal);
        }

        Assert.Equal("""{"type":7,"error":"Message count reaches limit"}""", await a.NextAsync());
        Assert.StartsWith("HTTP/1.1 429 ", await UpgradeAsync("five"), StringComparison.Ordinal);
        await gateway.UpstreamOf("five").NextAsync("connected");
        Assert.Equal("""{"type":11,"error":"Message count reaches limit"}""", (await gateway.UpstreamOf("five").NextAsync("disconnected")).Text);
        await Waits.UntilAsync(
            () => gateway.Server.Log.Contains("Message count reaches limit: hub five has used its 5 units", StringComparison.Ordinal), "the log says so");
    }

    private async Task<string> UpgradeAsync(string hub)
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, hub, GatewayFixture.ClientToken(hub)));
        return await connection.ReadHeadAsync();
    }
}

/// <summary>Quotas that nodes share through their store.</summary>
[Collection(SharedAzurite.Name)]
public sealed class SharedQuotaTests(AzuriteFixture azurite)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nodes_of_one_store_share_connections_and_a_restart_does_not_give_messages_back(bool isRedis)
    {
        await using var redis = isRedis ? await RedisServer.StartAsync() : null;
        var hub = $"h{Guid.NewGuid():n}";
        await using var first = await StartAsync();
        await using (var second = await StartAsync())
        {
            await using var here = await ConnectAsync(second);
            await Waits.UntilAsync(async () => await StatusAsync(first) == 429, "the other node knows that the quota is used up");
            for (var i = 0; i < 3; i++)
            {
                await new RestCaller(second.Address).SendMessageAsync($"/api/hubs/{hub}/:send", "m");
                await here.NextAsync();
            }

            await Waits.UntilAsync(async () => await here.NextAsync() == """{"type":7,"error":"Message count reaches limit"}""", "the client is closed");
            await second.StopAsync();
        }

        await using var third = await StartAsync();
        await Waits.UntilAsync(async () => await StatusAsync(third) == 429, "the new node knows the usage");
        await Waits.UntilAsync(
            () => third.Log.Contains("Message count reaches limit", StringComparison.Ordinal), "the new node has detected that the message quota is used up");

        Task<MemoryGateway> StartAsync() => MemoryGateway.StartAsync(new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            [isRedis ? "Gateway__Redis" : "Gateway__Tables"] = redis?.Address ?? azurite.Server.ConnectionString,
            ["Gateway__Quotas__Hubs__0__Hub"] = hub,
            ["Gateway__Quotas__Hubs__0__Connections"] = "1",
            ["Gateway__Quotas__Hubs__0__MessagesPerDay"] = "3",
        });

        Task<HubPeer> ConnectAsync(MemoryGateway node) => HubPeer.ConnectAsync(node.Address, hub, GatewayFixture.ClientToken(hub), HubProtocol.Json);

        // The request occupies no connection of the quota.
        async Task<int> StatusAsync(MemoryGateway node)
        {
            using var http = new HttpClient(MemoryNetwork.CreateHandler());
            http.DefaultRequestHeaders.Authorization = new("Bearer", GatewayFixture.ClientToken(hub));
            using var answer = await http.PostAsync(new Uri(node.Address, $"/client/negotiate?hub={hub}&negotiateVersion=1"), null);
            return (int)answer.StatusCode;
        }
    }
}
