using System.Globalization;
using System.Text.Json;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Storage;
using Serverless.Gateway.Tests.Wire.Nodes;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Azurite;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>Usage in the admin API, across restarts and nodes, with real clients.</summary>
[Collection(SharedAzurite.Name)]
public sealed class UsageTests(AzuriteFixture azurite)
{
    private readonly string _hub = $"h{Guid.NewGuid():n}";

    [Fact]
    public async Task Totals_survive_a_restart_and_are_summed_over_nodes()
    {
        // Both days are requested, in case the test runs over midnight.
        var from = Day(DateTimeOffset.UtcNow);
        await using (var first = await StartAsync(azurite.Server))
        {
            await SendAsync(first, 1);
            Assert.Equal(1, await UnitsAsync(first, from));
            await SendAsync(first, 1);
            await first.StopAsync();
        }

        await using var second = await StartAsync(azurite.Server);
        await using var third = await StartAsync(azurite.Server);
        Assert.Equal(2, await UnitsAsync(second, from));
        await SendAsync(second, 3);
        await SendAsync(third, 4);

        // Each node writes its own part on a request, and reads all written parts.
        Assert.Equal(2 + 3, await UnitsAsync(second, from));
        Assert.Equal(2 + 3 + 4, await UnitsAsync(third, from));
        Assert.Equal(2 + 3 + 4, await UnitsAsync(second, from));

        var rest = new RestCaller(third.Address);
        using var byNode = JsonDocument.Parse((await rest.SendAsync("GET", $"/admin/usage?hub={_hub}&from={from}&to={Day(DateTimeOffset.UtcNow)}&by=day&nodes=true")).Body);
        Assert.Equal(
            [2, 3, 4],
            byNode.RootElement.GetProperty("usage").EnumerateArray()
                .GroupBy(line => line.GetProperty("node").GetString(), line => line.GetProperty("units").GetInt32())
                .Select(node => node.Sum())
                .Order());
    }

    [Fact]
    public async Task Nodes_that_only_redis_joins_are_summed_too_also_when_they_are_gone()
    {
        await using var redis = await RedisServer.StartAsync();
        var settings = ("Gateway__Redis", redis.Address);
        var from = Day(DateTimeOffset.UtcNow);
        await using var second = await StartAsync(null, settings);
        await ManyNodes.JoinedAsync(second);
        await using (var first = await StartAsync(null, settings))
        {
            await ManyNodes.JoinedAsync(first);
            await SendAsync(first, 2);
            await SendAsync(second, 3);
            Assert.Equal(5, await UnitsAsync(first, from));
            Assert.Equal(5, await UnitsAsync(second, from));
            await SendAsync(first, 1);
            await first.StopAsync();
        }

        Assert.Equal(6, await UnitsAsync(second, from));
    }

    [Fact]
    public async Task A_node_whose_time_to_drain_is_over_ends_in_order_and_loses_no_usage()
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        var hub = upstream.Hub(_hub);
        hub.Answer = (request, context) => request.Event == "m" ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask;
        var from = Day(DateTimeOffset.UtcNow);
        await using var node = await StartAsync(
            azurite.Server, ("Gateway__Nodes__DrainTime", "00:00:01"), ("UpstreamSettings__Templates__0__UrlTemplate", upstream.Template));
        await using var peer = await HubPeer.ConnectAsync(node.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json);
        await new RestCaller(node.Address).SendMessageAsync($"/api/hubs/{_hub}/:send", "m");
        await peer.NextAsync();
        for (var i = 0; i < 3; i++)
        {
            await peer.SendAsync("""{"type":1,"target":"m","arguments":[]}""");
        }

        await hub.NextAsync("connected");
        await hub.NextAsync("m");
        await new RestCaller(node.Address).SendMessageAsync($"/api/hubs/{_hub}/:send", "after");
        await peer.NextAsync();

        // Frames are read in order: all three messages have been taken when the pong comes.
        await peer.SendFrameAsync(WebSocketOpcode.Ping, "x"u8);
        Assert.Equal("pong:x", await peer.NextAsync());
        await node.StopAsync();
        Assert.Contains("1 upstream calls were cancelled, with 3 client messages in or behind them", node.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", node.Log, StringComparison.Ordinal);
        await using var next = await StartAsync(azurite.Server);
        Assert.Equal(2, await UnitsAsync(next, from)); // interrupted calls do not count
    }

    [Fact]
    public async Task Viewers_of_the_live_feed_are_apart_from_clients()
    {
        await using var gateway = await StartAsync(null);
        await using var viewer = await Viewer.ConnectAsync(gateway.Address);
        await viewer.StreamAsync("overview");
        await viewer.NextAsync();
        await viewer.NextAsync();
        var today = Day(DateTimeOffset.UtcNow.AddMinutes(-1));
        using var json = JsonDocument.Parse((await new RestCaller(gateway.Address).SendAsync("GET", $"/admin/usage?from={today}&to={Day(DateTimeOffset.UtcNow)}")).Body);
        var total = json.RootElement.GetProperty("total");
        Assert.Equal((0, 0, 1), (
            total.GetProperty("clientUnits").GetInt32(), total.GetProperty("connectionsOpened").GetInt32(), total.GetProperty("liveTraceOpened").GetInt32()));
        Assert.InRange(total.GetProperty("liveTraceUnits").GetInt32(), 1, 10);
        Assert.Equal(total.GetProperty("liveTraceUnits").GetInt32(), total.GetProperty("units").GetInt32());
    }

    [Fact]
    public async Task Usage_comes_as_json_and_as_csv_with_the_same_figures()
    {
        await using var gateway = await StartAsync(null);
        await SendAsync(gateway, 2);
        var rest = new RestCaller(gateway.Address);
        var from = Day(DateTimeOffset.UtcNow.AddMinutes(-1));
        var target = $"/admin/usage?from={from}&to={Day(DateTimeOffset.UtcNow.AddMinutes(1))}&by=day";
        var answer = await rest.SendAsync("GET", target);
        Assert.Equal((200, "application/json; charset=utf-8"), (answer.Status, answer.ContentType));
        using var json = JsonDocument.Parse(answer.Body);
        var line = json.RootElement.GetProperty("usage").EnumerateArray().Single();
        Assert.Equal((_hub, 2, 2, 1), (
            line.GetProperty("hub").GetString(),
            line.GetProperty("clientUnits").GetInt32(),
            json.RootElement.GetProperty("total").GetProperty("units").GetInt32(),
            line.GetProperty("connectionsPeak").GetInt32()));

        var csv = await rest.SendAsync("GET", target + "&format=csv");
        Assert.Equal((200, "text/csv; charset=utf-8"), (csv.Status, csv.ContentType));
        var lines = csv.Body.Split("\r\n");
        Assert.Equal("start,hub,clientUnits,upstreamUnits,units,messagesSent,messagesReceived,bytesSent,bytesReceived,connectionsOpened,connectionsPeak,liveTraceUnits,diagnosticOpened,liveTraceOpened", lines[0]);
        Assert.StartsWith($"{line.GetProperty("start").GetString()},{_hub},2,0,2,2,0,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",1,1,0,0,0", lines[1], StringComparison.Ordinal);
        Assert.Equal([lines[0], lines[1], ""], lines);
    }

    [Theory]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2026-11-24&to=2026-11-23", "to")]
    [InlineData("from=2026-01-01&to=2026-12-31", "to")]
    [InlineData("by=week", "by")]
    [InlineData("nodes=1", "nodes")]
    [InlineData("format=xml", "format")]
    public async Task What_cannot_be_asked_is_refused_with_what_to_write(string query, string parameter)
    {
        await using var gateway = await StartAsync(null);
        var answer = await new RestCaller(gateway.Address).SendAsync("GET", $"/admin/usage?{query}");
        Assert.Equal((400, parameter), (answer.Status, answer.Detail("target")));
    }

    [Fact]
    public async Task Usage_needs_a_token_for_its_own_address()
    {
        await using var gateway = await StartAsync(null);
        var rest = new RestCaller(gateway.Address);
        Assert.Equal(401, (await rest.SendAsync("GET", "/admin/usage", null as string, "x")).Status);
        Assert.Equal(401, (await rest.SendAsync("GET", "/admin/usage", null as string, RestCaller.Token("/api/hubs/chat/:send"))).Status);
        Assert.Equal(401, (await rest.SendAsync("GET", "/admin/usage", null as string, GatewayFixture.ClientToken("chat"))).Status);
        Assert.Equal(200, (await rest.SendAsync("GET", "/admin/usage")).Status);
    }

    private static string Day(DateTimeOffset moment) => moment.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static Task<MemoryGateway> StartAsync(AzuriteServer? azurite, params (string Key, string? Value)[] settings)
    {
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            ["Gateway__Tables"] = azurite?.ConnectionString,
        };
        foreach (var (key, value) in settings)
        {
            environment[key] = value;
        }

        return MemoryGateway.StartAsync(environment);
    }

    private async Task SendAsync(MemoryGateway node, int messages)
    {
        await using var peer = await HubPeer.ConnectAsync(node.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json);
        for (var i = 0; i < messages; i++)
        {
            await new RestCaller(node.Address).SendMessageAsync($"/api/hubs/{_hub}/:send", "m");
            await peer.NextAsync();
        }

        await peer.CloseAsync();
    }

    private async Task<int> UnitsAsync(MemoryGateway node, string from)
    {
        var answer = await new RestCaller(node.Address).SendAsync("GET", $"/admin/usage?hub={_hub}&from={from}&to={Day(DateTimeOffset.UtcNow)}");
        Assert.Equal(200, answer.Status);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("total").GetProperty("units").GetInt32();
    }
}
