using System.Globalization;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>Two nodes with at-least-once delivery, one without, and a Redis without faults.</summary>
public class AtLeastOnceNodes : IAsyncLifetime
{
    private RedisServer? _redis;

    internal IReadOnlyList<RedisNode> Nodes { get; private set; } = [];

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        Nodes = await Task.WhenAll(
            StartAsync(_redis.Address, ("Gateway:Delivery", "AtLeastOnce")),
            StartAsync(_redis.Address, ("Gateway:Delivery", "AtLeastOnce")),
            StartAsync(_redis.Address));
    }

    private protected virtual Task<RedisNode> StartAsync(string redis, params (string Key, string Value)[] settings) => RedisNode.StartAsync(redis, settings);

    public async Task DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await _redis!.DisposeAsync();
    }
}

/// <summary>The same nodes as processes, each with metrics of its own.</summary>
public sealed class AtLeastOnceProcesses : AtLeastOnceNodes
{
    private protected override Task<RedisNode> StartAsync(string redis, params (string Key, string Value)[] settings) =>
        RedisNode.StartProcessAsync(redis, settings);
}

/// <summary>The behaviour of <c>Gateway:Delivery=AtLeastOnce</c> without faults.</summary>
public sealed class AtLeastOnceTests(AtLeastOnceNodes nodes) : IClassFixture<AtLeastOnceNodes>
{
    private const string Version = "api-version=2024-12-01";

    private readonly string _hub = GatewayFixture.NewHub();

    private RestCaller this[int node] => nodes.Nodes[node].Rest;

    [Fact]
    public async Task Messages_of_one_caller_keep_their_order_across_all_kinds_of_target_and_groups_hold_at_once()
    {
        var (client, id) = await nodes.Nodes[1].ConnectAsync(_hub, "u1");
        await using var peer = client;
        string[] targets = ["", "/groups/g", "/users/u1", $"/connections/{id}"];
        for (var i = 0; i < 100; i++)
        {
            if (i % targets.Length == 1)
            {
                Assert.Equal(200, await this[0].StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g/connections/{id}?{Version}"));
            }

            await this[0].SendMessageAsync($"/api/v1/hubs/{_hub}{targets[i % targets.Length]}", Name(i));
            if (i % targets.Length == 1)
            {
                // Messages sent before are delivered, although the path of the removal is shorter.
                Assert.Equal(200, await this[2].StatusAsync("DELETE", $"/api/hubs/{_hub}/groups/g/connections/{id}?{Version}"));
            }
        }

        await this[0].StatusAsync("DELETE", $"/api/hubs/{_hub}/connections/{id}?{Version}");
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(Message(Name(i)), await peer.NextAsync());
        }

        Assert.Contains("\"type\":7", await peer.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_of_both_settings_hear_each_other()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 3).Select(node => nodes.Nodes[node].ConnectAsync(_hub)));
        for (var node = 0; node < 3; node++)
        {
            await this[node].SendMessageAsync($"/api/v1/hubs/{_hub}", Name(node));
            foreach (var (peer, _) in clients)
            {
                Assert.Equal(Message(Name(node)), await peer.NextAsync());
            }
        }

        Assert.Equal("AtLeastOnce", (await nodes.Nodes[0].HealthAsync()).GetProperty("delivery").GetString());
        Assert.Equal("AtMostOnce", (await nodes.Nodes[2].HealthAsync()).GetProperty("delivery").GetString());
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"m{number}");

    private static string Message(string target) => $$"""{"type":1,"target":"{{target}}","arguments":[]}""";
}
