using System.Diagnostics;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Storage;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Azurite;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>User groups that outlive the gateway, stored in Azurite.</summary>
[Collection(SharedAzurite.Name)]
public sealed class DurableMembershipTests(AzuriteFixture azurite)
{
    private readonly string _hub = $"h{Guid.NewGuid():n}";

    [Fact]
    public async Task A_user_is_in_its_groups_after_the_gateway_was_started_again()
    {
        await using (var first = await StartAsync(azurite.Server))
        {
            var rest = new RestCaller(first.Address);
            Assert.Equal(200, await rest.StatusAsync("PUT", Group("u1", "keep")));
            Assert.Equal(200, await rest.StatusAsync("PUT", Group("u1", "leave")));
            Assert.Equal(204, await rest.StatusAsync("DELETE", Group("u1", "leave")));
            Assert.Equal(200, await rest.StatusAsync("HEAD", Group("u1", "keep")));
            Assert.Contains("\"store\":\"AzureTables\"", (await rest.SendAsync("GET", "/api/health")).Body, StringComparison.Ordinal);
        }

        await using var second = await StartAsync(azurite.Server);
        var again = new RestCaller(second.Address);
        Assert.Equal(200, await again.StatusAsync("HEAD", Group("u1", "keep")));
        Assert.Equal(404, await again.StatusAsync("HEAD", Group("u1", "leave")));

        // At once: when a client knows that it is connected, it is in its groups.
        await using var peer = await ConnectAsync(second, "u1");
        await again.SendMessageAsync($"/api/v1/hubs/{_hub}/groups/keep", "hello");
        Assert.Equal("""{"type":1,"target":"hello","arguments":[]}""", await peer.NextAsync());
    }

    [Fact]
    public async Task A_membership_ends_with_its_time_on_every_node()
    {
        await using var first = await StartAsync(azurite.Server);
        await using var second = await StartAsync(azurite.Server);
        var rest = new RestCaller(first.Address);
        Assert.Equal(200, await rest.StatusAsync("PUT", Group("u1", "short", "&ttl=4")));
        await using var here = await ConnectAsync(first, "u1");
        await using var there = await ConnectAsync(second, "u1");
        Assert.Equal((200, 200), (await Exists(first), await Exists(second)));
        foreach (var node in (MemoryGateway[])[first, second])
        {
            await Waits.UntilAsync(async () => await Exists(node) == 404, "the connection has left the group");
        }

        Task<int> Exists(MemoryGateway node) => new RestCaller(node.Address).StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/groups/short");
    }

    [Fact]
    public async Task While_the_store_is_away_changes_are_503_and_clients_are_served_and_join_later()
    {
        await using var own = await AzuriteServer.StartAsync();
        await using var gateway = await StartAsync(own);
        var rest = new RestCaller(gateway.Address);
        Assert.Equal(200, await rest.StatusAsync("PUT", Group("u1", "g")));
        await using var before = await ConnectAsync(gateway, "u1");
        await own.StopAsync();

        var clock = Stopwatch.StartNew();
        var answer = await rest.SendAsync("PUT", Group("u2", "g"));
        Assert.Equal((503, "Error.Request.Unavailable", "1"), (answer.Status, answer.Code, answer.RetryAfter));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"It took {clock.Elapsed}.");
        Assert.Contains("durable store", answer.Detail("message"), StringComparison.Ordinal);
        Assert.Equal(503, await rest.StatusAsync("DELETE", Group("u1", "g")));
        Assert.Equal(503, await rest.StatusAsync("DELETE", $"/api/hubs/{_hub}/users/u1/groups?api-version=2022-06-01"));
        Assert.Equal(503, await rest.StatusAsync("HEAD", Group("u3", "g")));
        Assert.Contains("\"store\":\"Unavailable\"", (await rest.SendAsync("GET", "/api/health")).Body, StringComparison.Ordinal);

        await using var meanwhile = await ConnectAsync(gateway, "u1");
        await rest.SendMessageAsync($"/api/v1/hubs/{_hub}/groups/g", "served");
        Assert.Equal("""{"type":1,"target":"served","arguments":[]}""", await before.NextAsync());

        await own.RestartAsync();
        await Waits.UntilAsync(
            async () =>
            {
                await rest.SendMessageAsync($"/api/v1/hubs/{_hub}/groups/g", "more");
                await rest.SendMessageAsync($"/api/v1/hubs/{_hub}/users/u1", "mark");
                var next = await meanwhile.NextAsync();
                return next.Contains("more", StringComparison.Ordinal) && (await meanwhile.NextAsync()).Contains("mark", StringComparison.Ordinal);
            },
            "the client that connected meanwhile has joined");
        await Waits.UntilAsync(
            async () => (await rest.SendAsync("GET", "/api/health")).Body.Contains("\"store\":\"AzureTables\"", StringComparison.Ordinal), "health reports the store as AzureTables");
        Assert.Equal(200, await rest.StatusAsync("PUT", Group("u2", "g")));
        Assert.Contains("The table ServerlessUserGroups is not available", gateway.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(AzuriteServer.AccountKey, gateway.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("somewhere")]
    [InlineData("http://name.table.core.windows.net")]
    [InlineData("AccountName=x;AccountKey=topsecret")]
    public async Task A_setting_that_is_no_store_keeps_the_gateway_from_starting_and_is_not_repeated(string setting)
    {
        var start = GatewayFixture.StartInfo("--urls", "http://127.0.0.1:0");
        await using var process = ServerProcess.Launch(start, new Uri("http://127.0.0.1"), Environment(setting));
        Assert.NotEqual(0, await process.ExitedAsync());
        Assert.Contains("Gateway:Tables is neither a connection string of Azure Tables nor an https address.", process.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", process.Log, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Environment(string tables) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["DOTNET_ENVIRONMENT"] = null,
        ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
        ["Gateway__Tables"] = tables,
    };

    private static Task<MemoryGateway> StartAsync(AzuriteServer store) =>
        MemoryGateway.StartAsync(Environment(store.ConnectionString));

    private Task<HubPeer> ConnectAsync(MemoryGateway gateway, string user) =>
        HubPeer.ConnectAsync(gateway.Address, _hub, GatewayFixture.ClientToken(_hub, user), HubProtocol.Json);

    private string Group(string user, string group, string query = "") =>
        $"/api/hubs/{_hub}/users/{user}/groups/{group}?api-version=2022-06-01{query}";
}
