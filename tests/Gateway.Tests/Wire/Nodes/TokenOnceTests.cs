using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>A connection token is valid once across all nodes, also while Redis does not answer.</summary>
public sealed class TokenOnceTests
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task While_redis_is_frozen_a_token_is_good_at_the_node_that_made_it_alone()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var home = await RedisNode.StartAsync(redis.Address);
        await using var second = await RedisNode.StartAsync(redis.Address);
        await using var third = await RedisNode.StartAsync(redis.Address);
        var token = await NegotiateAsync(home);
        redis.Freeze();
        var refused = await UpgradeAsync(second, token);
        Assert.StartsWith("HTTP/1.1 503 ", refused, StringComparison.Ordinal);
        Assert.Contains("Retry-After: 1\r\n", refused, StringComparison.OrdinalIgnoreCase);
        await using var client = await OpenAsync(home, token);
        Assert.StartsWith("HTTP/1.1 40", await UpgradeAsync(home, token), StringComparison.Ordinal);

        // The same for long polling, when the node has already detected that Redis is silent.
        using var polling = await HttpClientPeer.NegotiateAsync(new ToAnother(second), home.Server.Address, _hub);
        using var poll = await polling.PollAsync();
        Assert.Equal(503, (int)poll.StatusCode);
        await second.StateAsync("Unavailable");
        Assert.StartsWith("HTTP/1.1 503 ", await UpgradeAsync(second, await NegotiateAsync(home)), StringComparison.Ordinal);
        await using var own = await OpenAsync(second, await NegotiateAsync(second));

        redis.Thaw();
        await third.StateAsync("Connected");
        await Waits.UntilAsync(async () => (await redis.ListAsync("KEYS sg:claim:*")).Count > 0, "the granted token is claimed");
        Assert.StartsWith("HTTP/1.1 404 ", await UpgradeAsync(third, token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_another_node_has_taken_just_before_is_refused_at_its_home()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var home = await RedisNode.StartAsync(redis.Address);
        await using var second = await RedisNode.StartAsync(redis.Address);
        var token = await NegotiateAsync(home);
        await using var client = await OpenAsync(second, token);

        // Redis writes the notice for the home beside the answer to the claim; before it answers another command it has written both.
        Assert.Equal("+PONG", await redis.AskAsync("PING"));
        redis.Freeze();
        Assert.StartsWith("HTTP/1.1 404 ", await UpgradeAsync(home, token), StringComparison.Ordinal);
        redis.Thaw();
    }

    [Fact]
    public async Task What_a_node_grants_while_it_is_cut_off_it_claims_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var way = new CuttableLink(redis.Port);
        await using var home = await RedisNode.StartAsync(way.Address);
        await using var second = await RedisNode.StartAsync(redis.Address);
        var token = await NegotiateAsync(home);
        way.Cut();
        await home.StateAsync("Unavailable");
        await using var client = await OpenAsync(home, token);
        way.Mend();
        await Waits.UntilAsync(async () => (await redis.ListAsync("KEYS sg:claim:*")).Count == 1, "the token is claimed");
        Assert.StartsWith("HTTP/1.1 404 ", await UpgradeAsync(second, token), StringComparison.Ordinal);
    }

    private Task<string> NegotiateAsync(RedisNode node) => HubPeer.NegotiateAsync(node.Server.Address, _hub, GatewayFixture.ClientToken(_hub), "");

    private Task<HubPeer> OpenAsync(RedisNode node, string token) =>
        HubPeer.OpenAsync(node.Server.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json, $"&id={token}");

    private async Task<string> UpgradeAsync(RedisNode node, string token)
    {
        await using var connection = await RawConnection.OpenAsync(node.Server.Address);
        await connection.WriteAsync(HubPeer.UpgradeRequest(node.Server.Address, _hub, GatewayFixture.ClientToken(_hub), $"&id={token}"));
        return await connection.ReadHeadAsync();
    }

    // Negotiates at the given node, and connects to another.
    private sealed class ToAnother(RedisNode node) : DelegatingHandler(MemoryNetwork.CreateHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Method == HttpMethod.Get)
            {
                request.RequestUri = new Uri(node.Server.Address, request.RequestUri!.PathAndQuery);
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
