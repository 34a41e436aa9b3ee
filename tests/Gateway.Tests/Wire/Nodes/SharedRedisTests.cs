using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Backplane.Signing;
using Serverless.Gateway.Tests.Backplane;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>Another program, or nodes with other keys, use the same Redis: messages that they write there do not reach clients.</summary>
public sealed class SharedRedisTests
{
    private const string Refused = "serverless_backplane_refused_total";
    private const string New = "new-primary-key-0123456789-0123456789-0123";

    private readonly RedisNames _names = new();
    private readonly string _hub = GatewayFixture.NewHub();
    private readonly string _otherHub = GatewayFixture.NewHub();

    [Fact]
    public async Task Forged_and_copied_messages_reach_no_client_and_are_counted()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var tenant = await RedisTenant.ConnectAsync(redis);
        await using var sender = await RedisNode.StartAsync(redis.Address);
        await using var node = await RedisNode.StartProcessAsync(redis.Address);
        await using var client = (await node.ConnectAsync(_hub)).Peer;
        await using var other = (await node.ConnectAsync(_otherHub)).Peer;
        await tenant.ListenAsync(All(_hub));
        await SendAsync(sender, _hub, "real");
        Assert.Contains("\"real\"", await client.NextAsync(), StringComparison.Ordinal);
        var recorded = await RecordedAsync(tenant);

        // Without its signature, with another deployment's signature, on another hub's channel, and unreadable bytes.
        var message = BackplaneMessage.Decode(recorded, out var length)!;
        Assert.Equal(1, await tenant.PublishAsync(All(_hub), recorded[..length]) - 1);
        await tenant.PublishAsync(All(_hub), TestSigner.Create(keys: "the-key-of-another-deployment-0123456789").Sign(message, All(_hub)));
        await tenant.PublishAsync(All(_otherHub), recorded);
        await tenant.PublishAsync(All(_hub), [0xc1]);
        await SendAsync(sender, _hub, "after");
        await SendAsync(sender, _otherHub, "after");
        Assert.Contains("\"after\"", await client.NextAsync(), StringComparison.Ordinal);
        Assert.Contains("\"after\"", await other.NextAsync(), StringComparison.Ordinal);

        var samples = await node.ScrapeAsync();
        Assert.Equal((1, 3), (samples.Sum(Refused, ("reason", "unsigned")), samples.Sum(Refused, ("reason", "forged"))));
        Assert.Single(node.Server.Log.Split('\n'), line => line.Contains("Messages over Redis were refused", StringComparison.Ordinal));
        Assert.Contains("Gateway:Nodes:AcceptUnsigned=true", node.Server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("were refused", sender.Server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_of_the_version_before_are_heard_while_the_option_says_so()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var tenant = await RedisTenant.ConnectAsync(redis);
        await using var sender = await RedisNode.StartAsync(redis.Address);
        await using var node = await RedisNode.StartProcessAsync(redis.Address, ("Gateway:Nodes:AcceptUnsigned", "true"));
        await using var client = (await node.ConnectAsync(_hub)).Peer;
        await tenant.ListenAsync(All(_hub));
        await SendAsync(sender, _hub, "real");
        Assert.Contains("\"real\"", await client.NextAsync(), StringComparison.Ordinal);
        var recorded = await RecordedAsync(tenant);

        // In the form of that version.
        var message = BackplaneMessage.Decode(recorded, out _)! with { Sender = NodeId.Create().Value };
        await tenant.PublishAsync(All(_hub), message.Encode());
        Assert.Contains("\"real\"", await client.NextAsync(), StringComparison.Ordinal);

        // But not a message with an invalid signature.
        await tenant.PublishAsync(All(_hub), TestSigner.Create().Sign(message, All(_hub)));
        await SendAsync(sender, _hub, "after");
        Assert.Contains("\"after\"", await client.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(1, (await node.ScrapeAsync()).Sum(Refused));
    }

    [Fact]
    public async Task Two_deployments_with_prefixes_of_their_own_share_a_redis()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await RedisNode.StartAsync(redis.Address);
        await using var another = await RedisNode.StartAsync(redis.Address + ",prefix=test", ("Gateway:Delivery", "AtLeastOnce"));
        await using var second = await RedisNode.StartAsync(redis.Address + ",prefix=test");
        await using var here = (await one.ConnectAsync(_hub)).Peer;
        await using var there = (await second.ConnectAsync(_hub)).Peer;
        await SendAsync(another, _hub, "test");
        await SendAsync(one, _hub, "real");
        Assert.Contains("\"test\"", await there.NextAsync(), StringComparison.Ordinal);
        Assert.Contains("\"real\"", await here.NextAsync(), StringComparison.Ordinal);
        Assert.Single(await redis.ListAsync("HKEYS sg:nodes"));
        Assert.Equal(2, (await redis.ListAsync("HKEYS test:nodes")).Count);
        Assert.All(await redis.ListAsync("KEYS *"), key => Assert.Matches("^(sg|test):", key));
        Assert.All(await redis.ListAsync("PUBSUB CHANNELS"), channel => Assert.Matches("^(sg|test):", channel));
    }

    [Fact]
    public async Task Keys_are_replaced_node_by_node_and_nothing_is_lost()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var tenant = await RedisTenant.ConnectAsync(redis);
        await tenant.ListenAsync(All(_hub));
        string[][] steps = [[GatewayFixture.Key], [GatewayFixture.Key, New], [New, GatewayFixture.Key], [New]];
        await using var first = await SettingsGateway.StartAsync(Settings(redis, steps[0]));
        await using var second = await SettingsGateway.StartAsync(Settings(redis, steps[0]));
        SettingsGateway[] nodes = [first, second];
        foreach (var node in nodes)
        {
            await Waits.UntilAsync(
                async () => (await node.Rest().SendAsync("GET", "/api/health")).Body.Contains("\"redis\":\"Connected\"", StringComparison.Ordinal), "the node has joined");
        }

        await using var here = await first.ConnectAsync(_hub, GatewayFixture.Key);
        await using var there = await second.ConnectAsync(_hub, GatewayFixture.Key);
        var sent = 0;
        for (var step = 0; step < steps.Length; step++)
        {
            foreach (var node in nodes)
            {
                await node.WriteAsync(Settings(redis, steps[step]));

                // Until the node signs with its primary key and accepts only its own keys, both clients receive each message.
                await Waits.UntilAsync(
                    async () =>
                    {
                        await ExchangeAsync(steps[step][0]);
                        return IsSignedWith(tenant.Recorded.Last(), steps[step][0]) && await IsInForceAsync(node, steps[step]);
                    },
                    $"step {step} is in force");
                await ExchangeAsync(steps[step][0]);

                async Task ExchangeAsync(string key)
                {
                    foreach (var from in nodes.Where(one => one != node).Append(node))
                    {
                        var target = $"m{sent++}";
                        var path = $"/api/hubs/{_hub}/:send";
                        foreach (var one in (string[])[key, GatewayFixture.Key, New])
                        {
                            if ((await from.Rest().SendAsync("POST", path, $$"""{"target":"{{target}}"}""", RestCaller.Token(path, one))).Status == 202)
                            {
                                break;
                            }
                        }

                        Assert.Contains($"\"{target}\"", await here.NextAsync(), StringComparison.Ordinal);
                        Assert.Contains($"\"{target}\"", await there.NextAsync(), StringComparison.Ordinal);
                    }
                }
            }
        }

        Assert.All(nodes, node => Assert.DoesNotContain("were refused", node.Process.Log, StringComparison.Ordinal));
    }

    private static async Task<bool> IsInForceAsync(SettingsGateway node, string[] keys)
    {
        foreach (var key in (string[])[GatewayFixture.Key, New])
        {
            const string Path = "/api/hubs/none/:send";
            var status = (await node.Rest().SendAsync("POST", Path, """{"target":"m"}""", RestCaller.Token(Path, key))).Status;
            if (status == 202 != keys.Contains(key))
            {
                return false;
            }
        }

        return true;
    }

    private static string Settings(RedisServer redis, string[] keys) => $$"""
        {
          "Gateway": { "AccessKeys": [{{string.Join(",", keys.Select(key => $"\"{key}\""))}}], "Redis": "{{redis.Address}}" },
          "UpstreamSettings": { "Templates": [ { "UrlTemplate": "http://127.0.0.1:9/" } ] }
        }
        """;

    private static async Task SendAsync(RedisNode node, string hub, string target) =>
        Assert.Equal(202, await node.Rest.StatusAsync("POST", $"/api/v1/hubs/{hub}", $$"""{"Target":"{{target}}"}"""));

    private static async Task<byte[]> RecordedAsync(RedisTenant tenant)
    {
        await Waits.UntilAsync(() => tenant.Recorded.Count == 1, "the message is recorded");
        return tenant.Recorded.Single();
    }

    private bool IsSignedWith(byte[] recorded, string key) =>
        BackplaneMessage.Decode(recorded, out var length) is not null
        && TestSigner.Create(keys: key).Check(recorded, length, System.Text.Encoding.UTF8.GetBytes(All(_hub))) == SignatureCheck.Good;

    private string All(string hub)
    {
        Assert.True(HubName.TryParseJoined(hub, out var name));
        return _names.Of(name, TargetKind.All, "");
    }
}
