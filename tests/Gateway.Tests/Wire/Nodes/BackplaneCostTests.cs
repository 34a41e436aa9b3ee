using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>
/// The cost of a message between nodes, as Redis counts it: published once, and received by each node with a receiver (decision 4).
/// </summary>
public sealed class BackplaneCostTests(NodesOfOneServer nodes) : IClassFixture<NodesOfOneServer>
{
    private const int Messages = 20;

    private readonly string _hub = GatewayFixture.NewHub();

    private string All => $"sg:{{{_hub}}}:a";

    [Fact]
    public async Task A_broadcast_is_published_once_and_heard_once_by_each_node()
    {
        await using var one = await ConnectAsync(0, "u0");
        Assert.Equal(1, await nodes.Redis.SubscribersOfAsync(All)); // a node without clients of the hub has not subscribed
        await using var other = await ConnectAsync(1, "u1");
        await using var third = await ConnectAsync(2, "u2");
        await using var fourth = await ConnectAsync(2, "u3");
        Assert.Equal(3, await nodes.Redis.SubscribersOfAsync(All));
        await CostsAsync("", [one, other, third, fourth]);
    }

    [Fact]
    public async Task A_group_message_is_published_once_and_heard_by_the_nodes_that_have_members()
    {
        var group = $"sg:{{{_hub}}}:g:g";
        await using var one = await ConnectAsync(0, "u0");
        await using var other = await ConnectAsync(1, "u1");
        await using var fellow = await ConnectAsync(1, "u1");
        await using var outsider = await ConnectAsync(2, "u2");
        Assert.Equal(0, await nodes.Redis.SubscribersOfAsync(group));
        foreach (var user in new[] { "u0", "u1" })
        {
            Assert.Equal(202, await Rest(2).StatusAsync("PUT", $"/api/v1/hubs/{_hub}/users/{user}/groups/g"));
        }

        Assert.Equal(2, await nodes.Redis.SubscribersOfAsync(group));
        await CostsAsync("/groups/g", [one, other, fellow]);

        // When the last client leaves, the node's subscription ends.
        Assert.Equal(202, await Rest(2).StatusAsync("DELETE", $"/api/v1/hubs/{_hub}/users/u1/groups/g"));
        await Waits.UntilAsync(async () => await nodes.Redis.SubscribersOfAsync(group) == 1, "the node without members has left the group");
        await CostsAsync("/groups/g", [one]);
    }

    [Fact]
    public async Task A_users_message_is_published_once_and_heard_where_the_user_is()
    {
        await using var one = await ConnectAsync(0, "u0");
        await using var other = await ConnectAsync(1, "u1");
        Assert.Equal(1, await nodes.Redis.SubscribersOfAsync($"sg:{{{_hub}}}:u:u0"));
        await CostsAsync("/users/u0", [one]);
        await CostsAsync("/users/nobody", []);
    }

    [Theory]
    [InlineData(1, 2)] // at its home node, and elsewhere if it were there
    [InlineData(2, 2)]
    public async Task A_connections_message_is_published_to_where_it_may_be_and_nothing_comes_back(int holder, int publishes)
    {
        var (peer, id) = await NegotiatedAsync(1, holder);
        await using var client = peer;
        var path = $"/api/v1/hubs/{_hub}/connections/{id}";
        await Rest(0).SendMessageAsync(path, "first"); // from this message the node learns the connection's node
        await client.NextAsync();
        var before = await nodes.Redis.CallsOfAsync("publish");
        for (var i = 0; i < Messages; i++)
        {
            await Rest(0).SendMessageAsync(path, "n", $"[{i}]");
            Assert.Equal($$"""{"type":1,"target":"n","arguments":[{{i}}]}""", await client.NextAsync());
        }

        Assert.InRange(await nodes.Redis.CallsOfAsync("publish") - before, Messages * publishes, (Messages * publishes) + 1); // the first node's reply may be late
    }

    [Fact]
    public async Task Who_has_no_receiver_says_so_once()
    {
        await using var other = (await NegotiatedAsync(1, 1)).Peer; // the reason for the node's subscription
        var (peer, id) = await NegotiatedAsync(1, 1);
        await peer.DisposeAsync();
        await Waits.UntilAsync(
            async () => await Rest(1).StatusAsync("HEAD", $"/api/hubs/{_hub}/connections/{id}") == 404, "the connection has closed");
        var before = await nodes.Redis.CallsOfAsync("publish");
        for (var i = 0; i < Messages; i++)
        {
            await Rest(0).SendMessageAsync($"/api/v1/hubs/{_hub}/connections/{id}", "n");
        }

        await Waits.UntilAsync(async () => await nodes.Redis.CallsOfAsync("publish") - before >= 3 * Messages, "each node has replied that it has no receiver");
        Assert.Equal(3 * Messages, await nodes.Redis.CallsOfAsync("publish") - before);
    }

    // Sends from each node in turn.
    private async Task CostsAsync(string target, HubPeer[] receivers)
    {
        var before = await nodes.Redis.CallsOfAsync("publish");
        for (var i = 0; i < Messages; i++)
        {
            await Rest(i % 3).SendMessageAsync($"/api/v1/hubs/{_hub}{target}", "n", $"[{i}]");
        }

        foreach (var receiver in receivers)
        {
            var heard = new List<string>();
            for (var i = 0; i < Messages; i++)
            {
                heard.Add(await receiver.NextAsync());
            }

            // Messages of three publishers have no common order.
            Assert.Equal(
                Enumerable.Range(0, Messages).Select(i => $$"""{"type":1,"target":"n","arguments":[{{i}}]}""").Order(StringComparer.Ordinal),
                heard.Order(StringComparer.Ordinal));
        }

        Assert.Equal(Messages, await nodes.Redis.CallsOfAsync("publish") - before);
    }

    private Task<(HubPeer Peer, string Id)> NegotiatedAsync(int home, int holder) => HubPeer.ConnectAsync(
        nodes.Nodes[home].Address, nodes.Nodes[holder].Address, _hub, GatewayFixture.ClientToken(_hub));

    private RestCaller Rest(int node) => new(nodes.Nodes[node].Address);

    private Task<HubPeer> ConnectAsync(int node, string user) => HubPeer.ConnectAsync(
        nodes.Nodes[node].Address, _hub, GatewayFixture.ClientToken(_hub, user), HubProtocol.Json);
}
