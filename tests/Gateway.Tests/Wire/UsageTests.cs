using System.Globalization;
using System.Text.Json;
using Serverless.Gateway.Tests.Storage;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Azurite;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire;

/// <summary>Usage by the admin API, over restarts and nodes, with real clients.</summary>
[Collection(SharedAzurite.Name)]
public sealed class UsageTests(AzuriteFixture azurite)
{
    private readonly string _hub = $"h{Guid.NewGuid():n}";

    [Fact]
    public async Task Totals_survive_a_restart_and_are_summed_over_nodes()
    {
        // Wherever midnight falls, both days are asked for.
        var from = Day(DateTimeOffset.UtcNow);
        await using (var first = await StartAsync(azurite.Server))
        {
            await SendAsync(first, 1);
            Assert.Equal(1, await UnitsAsync(first, from));
            await SendAsync(first, 1);
            Assert.Equal(0, await first.StopAsync());
        }

        await using var second = await StartAsync(azurite.Server);
        await using var third = await StartAsync(azurite.Server);
        Assert.Equal(2, await UnitsAsync(second, from));
        await SendAsync(second, 3);
        await SendAsync(third, 4);

        // Each node writes its own part when it is asked; what it reads are all parts that are written.
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
        Assert.Equal("start,hub,clientUnits,upstreamUnits,units,messagesSent,messagesReceived,bytesSent,bytesReceived,connectionsOpened,connectionsPeak", lines[0]);
        Assert.StartsWith($"{line.GetProperty("start").GetString()},{_hub},2,0,2,2,0,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",1,1", lines[1], StringComparison.Ordinal);
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

    private static async Task<ServerProcess> StartAsync(AzuriteServer? azurite) => await ServerProcess.StartAsync(
        BuiltProgram.Gateway,
        "/api/health",
        null,
        new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            ["Gateway__Tables"] = azurite?.ConnectionString,
        });

    private async Task SendAsync(ServerProcess node, int messages)
    {
        await using var peer = await HubPeer.ConnectAsync(node.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json);
        for (var i = 0; i < messages; i++)
        {
            await new RestCaller(node.Address).SendMessageAsync($"/api/hubs/{_hub}/:send", "m");
            await peer.NextAsync();
        }

        await peer.CloseAsync();
    }

    private async Task<int> UnitsAsync(ServerProcess node, string from)
    {
        var answer = await new RestCaller(node.Address).SendAsync("GET", $"/admin/usage?hub={_hub}&from={from}&to={Day(DateTimeOffset.UtcNow)}");
        Assert.Equal(200, answer.Status);
        using var json = JsonDocument.Parse(answer.Body);
        return json.RootElement.GetProperty("total").GetProperty("units").GetInt32();
    }
}
