using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Faults;

/// <summary>The delivery of messages between nodes when Redis or the link to it fails, by <c>Gateway:Delivery</c>.</summary>
public sealed class AtLeastOnceFaultTests
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task What_is_sent_while_a_node_is_cut_off_comes_in_order_and_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = new CuttableLink(redis.Port);
        await using var cutOff = await StartAsync(way.Address);
        await using var other = await StartAsync(redis.Address);
        var (here, id) = await cutOff.ConnectAsync(_hub, "u1");
        var (there, _) = await other.ConnectAsync(_hub, "u2");
        Assert.Equal(200, await other.Rest.StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g/connections/{id}?api-version=2024-12-01"));
        string[] targets = ["", "/groups/g", "/users/u1", $"/connections/{id}"];
        way.Cut();
        await cutOff.StateAsync("Unavailable");
        for (var i = 0; i < 40; i++)
        {
            await SendAsync(cutOff, $"cut off {i}");
            await SendAsync(other, $"other {i}", targets[i % targets.Length]);
        }

        Assert.True(await cutOff.WaitingBytesAsync() > 0);

        // A client that connects meanwhile receives the messages sent from now on.
        var (late, _) = await cutOff.ConnectAsync(_hub);
        way.Mend();
        await SendAsync(cutOff, "last");
        for (var i = 0; i < 40; i++)
        {
            await HearsAsync(here, $"cut off {i}");
        }

        await HearsAsync(here, "last");
        for (var i = 0; i < 40; i++)
        {
            await HearsAsync(here, $"other {i}");
        }

        for (var i = 0; i < 40; i += targets.Length)
        {
            await HearsAsync(there, $"other {i}");
        }

        for (var i = 0; i < 40; i++)
        {
            await HearsAsync(there, $"cut off {i}");
        }

        await HearsAsync(there, "last");
        await HearsAsync(late, "last");
        await cutOff.StateAsync("Connected");
        await SendAsync(other, "end");
        await HearsAsync(here, "end");
        await HearsAsync(there, "end");
        Assert.Equal((0, 0), (await cutOff.LossesAsync(), await other.LossesAsync()));
        Assert.Equal(0, await cutOff.WaitingBytesAsync());
    }

    [Theory]
    [InlineData("AtMostOnce")]
    [InlineData("AtLeastOnce")]
    public async Task A_full_redis_makes_no_node_lost_and_takes_or_refuses_messages_whole(string delivery)
    {
        await using var redis = await RedisServer.StartAsync();
        (string, string)[] settings = [("Gateway:Delivery", delivery), ("Gateway:Nodes:Timeout", "00:00:01")];
        await using var first = await RedisNode.StartAsync(redis.Address, settings);
        await using var second = await RedisNode.StartAsync(redis.Address, settings);
        var (here, _) = await first.ConnectAsync(_hub);
        var (there, _) = await second.ConnectAsync(_hub);
        await SendAsync(first, "before");
        Assert.Equal("+OK", await redis.AskAsync("CONFIG SET maxmemory 1"));
        await first.StateAsync("Full");
        await second.StateAsync("Full");
        var answer = await first.Rest.SendAsync("POST", $"/api/v1/hubs/{_hub}", """{"target":"while full"}""");
        if (delivery == "AtMostOnce")
        {
            Assert.Equal(202, answer.Status);
        }
        else
        {
            Assert.Equal((503, "Error.Request.Unavailable", "1"), (answer.Status, answer.Code, answer.RetryAfter));
            Assert.Contains("OOM", answer.Detail("message"), StringComparison.Ordinal);
        }

        // Messages that are published and not stored continue: a viewer receives the events of other nodes.
        await using (var watcher = await Watcher.StartAsync(first.Server.Address, $$"""{"hub":"{{_hub}}"}"""))
        {
            Assert.Equal(2, watcher.Nodes);
            var (shown, id) = await second.ConnectAsync(_hub);
            await using var closed = shown;
            await watcher.UntilAsync("ConnectionConnected", one => one.GetProperty("connectionId").GetString() == id);
        }

        // Longer than the node time-out; clients that connect are accepted.
        await Task.Delay(TimeSpan.FromSeconds(2));
        var (late, _) = await first.ConnectAsync(_hub);
        Assert.Equal("+OK", await redis.AskAsync("CONFIG SET maxmemory 0"));
        await first.StateAsync("Connected");
        await second.StateAsync("Connected");
        await Task.Delay(TimeSpan.FromSeconds(2));
        await SendAsync(first, "after");
        string[] heard = delivery == "AtMostOnce" ? ["before", "while full", "after"] : ["before", "after"];
        foreach (var target in heard)
        {
            await HearsAsync(here, target);
            await HearsAsync(there, target);
        }

        await HearsAsync(late, "after");
        Assert.DoesNotContain("has not been heard of", first.Server.Log + second.Server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_the_bound_nobody_gets_a_message_and_what_waited_outlives_a_redis_that_lost_all()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await StartProcessAsync(redis.Address, ("Gateway:Streams:QueueBytes", "1048576"));
        await using var other = await StartAsync(redis.Address);
        var (here, _) = await node.ConnectAsync(_hub);
        var (there, _) = await other.ConnectAsync(_hub);
        await redis.KillAsync();
        await node.StateAsync("Unavailable");
        var accepted = new List<string>();
        RestAnswer answer;
        do
        {
            var target = $"m{accepted.Count}";
            answer = await node.Rest.SendAsync(
                "POST", $"/api/v1/hubs/{_hub}", $$"""{"target":"{{target}}","arguments":["{{new string('x', 300_000)}}"]}""");
            if (answer.Status == 202)
            {
                accepted.Add(target);
            }
        }
        while (answer.Status == 202);
        Assert.Equal((503, "1", 3), (answer.Status, answer.RetryAfter, accepted.Count));
        Assert.Contains("Redis", answer.Detail("message"), StringComparison.Ordinal);
        Assert.InRange(await node.WaitingBytesAsync(), 900_000, 1_048_576);
        Assert.InRange((await node.ScrapeAsync()).Sum("serverless_backplane_waiting_bytes"), 900_000, 1_048_576);
        await redis.RestartAsync();
        await node.StateAsync("Connected");
        await other.StateAsync("Connected");
        await SendAsync(node, "after");
        foreach (var peer in (HubPeer[])[here, there])
        {
            foreach (var target in accepted)
            {
                Assert.StartsWith($$"""{"type":1,"target":"{{target}}",""", await peer.NextAsync(), StringComparison.Ordinal);
            }

            await HearsAsync(peer, "after");
        }

        Assert.Equal(0, await node.WaitingBytesAsync());
        Assert.Equal(0, await other.LossesAsync());
    }

    [Fact]
    public async Task A_subscriber_that_redis_cuts_for_its_output_is_a_loss_that_is_told()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await RedisNode.StartAsync(redis.Address);
        await using var second = await RedisNode.StartProcessAsync(redis.Address);
        var (there, _) = await second.ConnectAsync(_hub);
        Assert.Equal("+OK", await redis.AskAsync("CONFIG SET client-output-buffer-limit \"pubsub 262144 0 0\""));
        second.Process.Freeze();
        var body = $$"""{"target":"large","arguments":["{{new string('x', 1_000_000)}}"]}""";
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(202, await first.Rest.StatusAsync("POST", $"/api/v1/hubs/{_hub}", body));
        }

        second.Process.Thaw();
        await Waits.UntilAsync(async () => await second.LossesAsync() == 1, "the loss is counted");
        await second.LogsAsync("messages that other nodes sent meanwhile to clients of this node are lost");
        Assert.Equal(1, (await second.ScrapeAsync()).Sum("serverless_backplane_losses_total", ("reason", "cut")));
        await second.StateAsync("Connected");
        await SendAsync(first, "after");
        while ((await there.NextAsync()).Contains("large", StringComparison.Ordinal))
        {
            // Some messages were received before.
        }
    }

    [Fact]
    public async Task A_reader_that_redis_cuts_for_its_output_gets_all_the_same()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = new CuttableLink(redis.Port);
        await using var first = await StartAsync(redis.Address);
        await using var second = await StartAsync(way.Address);
        var (there, _) = await second.ConnectAsync(_hub);
        way.Cut();
        await second.StateAsync("Unavailable");
        for (var i = 0; i < 20; i++)
        {
            var body = $$"""{"target":"m{{i}}","arguments":["{{new string('x', 200_000)}}"]}""";
            Assert.Equal(202, await first.Rest.StatusAsync("POST", $"/api/v1/hubs/{_hub}", body));
        }

        Assert.Equal("+OK", await redis.AskAsync("CONFIG SET client-output-buffer-limit \"pubsub 262144 0 0\""));
        way.Mend();
        for (var i = 0; i < 20; i++)
        {
            Assert.StartsWith($$"""{"type":1,"target":"m{{i}}",""", await there.NextAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(0, await second.LossesAsync());
        Assert.True(second.Server.Log.Split("is unreachable (").Length > 2, "Redis has closed no connection.");
    }

    [Fact]
    public async Task What_is_kept_no_more_is_counted_as_lost_and_the_rest_comes()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = new CuttableLink(redis.Port);
        await using var first = await StartAsync(redis.Address);
        await using var second = await StartProcessAsync(way.Address);
        var (there, _) = await second.ConnectAsync(_hub);
        await SendAsync(first, "before");
        await HearsAsync(there, "before");
        way.Cut();
        await second.StateAsync("Unavailable");
        for (var i = 0; i < 5; i++)
        {
            await SendAsync(first, "gone");
        }

        Assert.NotEqual(":0", await redis.AskAsync($"XTRIM sg:{{{_hub}}}:s MAXLEN 0"));
        await SendAsync(first, "after");
        way.Mend();
        await HearsAsync(there, "after");
        Assert.Equal(1, await second.LossesAsync());
        await second.LogsAsync($"5 messages of other nodes for hub {_hub} are lost");
        Assert.Equal(1, (await second.ScrapeAsync()).Sum("serverless_backplane_losses_total", ("reason", "stream")));
    }

    private static Task<RedisNode> StartAsync(string redis, params (string Key, string Value)[] settings) =>
        RedisNode.StartAsync(redis, [("Gateway:Delivery", "AtLeastOnce"), .. settings]);

    // Metrics are a process's, not a gateway's.
    private static Task<RedisNode> StartProcessAsync(string redis, params (string Key, string Value)[] settings) =>
        RedisNode.StartProcessAsync(redis, [("Gateway:Delivery", "AtLeastOnce"), .. settings]);

    private static async Task HearsAsync(HubPeer client, string target) =>
        Assert.Equal($$"""{"type":1,"target":"{{target}}","arguments":[]}""", await client.NextAsync());

    private Task SendAsync(RedisNode node, string target, string to = "") => node.Rest.SendMessageAsync($"/api/v1/hubs/{_hub}{to}", target);
}
