using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>The state that nodes joined only by Redis store there: all nodes share it, and it outlives each of them.</summary>
public sealed class SharedStoreTests
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task A_user_added_to_a_group_through_one_node_is_in_it_with_later_connections_on_another_also_after_both_were_restarted()
    {
        await using var redis = await RedisServer.StartAsync();
        await using (var first = await RedisNode.StartProcessAsync(redis.Address))
        await using (var second = await RedisNode.StartProcessAsync(redis.Address))
        {
            Assert.Equal(200, await first.Rest.StatusAsync("PUT", Group("u1", "keep")));
            Assert.Equal(200, await second.Rest.StatusAsync("PUT", Group("u1", "leave")));
            Assert.Equal(204, await first.Rest.StatusAsync("DELETE", Group("u1", "leave")));
            await IsInAsync(second);

            // Acknowledged state survives the death of a node.
            await first.Process.KillAsync();
            Assert.Equal(0, await second.Process.StopAsync());
        }

        await using var third = await RedisNode.StartProcessAsync(redis.Address);
        await using var fourth = await RedisNode.StartProcessAsync(redis.Address);
        foreach (var node in (RedisNode[])[third, fourth])
        {
            Assert.Equal((200, 404), (await node.Rest.StatusAsync("HEAD", Group("u1", "keep")), await node.Rest.StatusAsync("HEAD", Group("u1", "leave"))));
            await IsInAsync(node);
        }

        await redis.KillAsync();
        await third.StateAsync("Unavailable");
        var refused = await third.Rest.SendAsync("PUT", Group("u2", "g"));
        Assert.Equal((503, "Error.Request.Unavailable", "1"), (refused.Status, refused.Code, refused.RetryAfter));
        Assert.Contains("durable store is not available: Redis is unreachable", refused.Detail("message"), StringComparison.Ordinal);
        var health = await third.HealthAsync();
        Assert.Equal(("Unavailable", "Redis"), (health.GetProperty("store").GetString(), health.GetProperty("storeKind").GetString()));

        async Task IsInAsync(RedisNode node)
        {
            Assert.Equal("Redis", (await node.HealthAsync()).GetProperty("store").GetString());
            Assert.Contains("store              Redis: user groups", node.Server.Log, StringComparison.Ordinal);
            await using var peer = (await node.ConnectAsync(_hub, "u1")).Peer;
            await node.Rest.SendMessageAsync($"/api/v1/hubs/{_hub}/groups/leave", "wrong");
            await node.Rest.SendMessageAsync($"/api/v1/hubs/{_hub}/groups/keep", "hello");
            Assert.Equal("""{"type":1,"target":"hello","arguments":[]}""", await peer.NextAsync());
        }
    }

    [Fact]
    public async Task A_dead_letter_of_a_node_that_has_died_is_listed_and_replayed_by_another()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var upstream = await UpstreamRecorder.StartAsync();
        var fails = true;
        upstream.Hub(_hub).Answer = (request, context) =>
        {
            context.Response.StatusCode = fails && request.Event == "m" ? 500 : 200;
            return Task.CompletedTask;
        };
        (string, string)[] settings = [("UpstreamSettings:Templates:0:UrlTemplate", upstream.Template), ("UpstreamSettings:Templates:0:DeadLetter", "true")];
        await using var second = await RedisNode.StartProcessAsync(redis.Address, settings);
        await using (var first = await RedisNode.StartProcessAsync(redis.Address, settings))
        {
            await using var peer = (await first.ConnectAsync(_hub, "u1")).Peer;
            await peer.InvokeAsync("m");
            await Waits.UntilAsync(async () => (await LettersAsync(first)).Count == 1, "the letter is kept");
            await first.Process.KillAsync();
        }

        fails = false;
        Assert.Equal(["m"], await LettersAsync(second));
        Assert.Equal("""{"replayed":1}""", (await second.Rest.SendAsync("POST", $"/admin/dead-letters/:replay?hub={_hub}")).Body);
        Assert.Empty(await LettersAsync(second));
    }

    private async Task<List<string?>> LettersAsync(RedisNode node)
    {
        using var json = JsonDocument.Parse((await node.Rest.SendAsync("GET", $"/admin/dead-letters?hub={_hub}")).Body);
        return [.. json.RootElement.GetProperty("value").EnumerateArray().Select(letter => letter.GetProperty("event").GetString())];
    }

    private string Group(string user, string group) => $"/api/hubs/{_hub}/users/{user}/groups/{group}?api-version=2022-06-01";
}
