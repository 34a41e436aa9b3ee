using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>
/// A message without a receiver on any node is counted once, by the node that accepted it, and shown with the reason; a message with a
/// receiver is not. On a node with at-least-once delivery, and on one without.
/// </summary>
public sealed class UnreachedTests(AtLeastOnceProcesses nodes) : IClassFixture<AtLeastOnceProcesses>
{
    private const string Version = "api-version=2024-12-01";

    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_connection_that_has_gone_from_the_node_that_negotiated_it(int sender)
    {
        await using var watcher = await Watcher.StartAsync(nodes.Nodes[sender].Process.Address, $$"""{"hub":"{{_hub}}"}""");
        await using var other = (await nodes.Nodes[1].ConnectAsync(_hub)).Peer; // the reason for the node's subscription
        var (peer, id) = await nodes.Nodes[1].ConnectAsync(_hub);
        await peer.DisposeAsync();
        await GoneAsync(id);
        await CountedAsync(sender, $"/connections/{id}/:send", "connection", "connection_not_found");
        var shown = await watcher.UntilAsync("MessageUndelivered");
        Assert.Equal(
            ("connection_not_found", "news", id),
            (shown.GetProperty("reason").GetString(), shown.GetProperty("target").GetString(), shown.GetProperty("connectionId").GetString()));
        var accepted = await watcher.UntilAsync("MessageAccepted");
        Assert.Equal(accepted.GetProperty("tracingId").GetInt64(), shown.GetProperty("tracingId").GetInt64());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_connection_that_has_gone_from_another_node_than_negotiated_it(int sender)
    {
        var home = nodes.Nodes[2 - sender];
        await using var other = (await home.ConnectAsync(_hub)).Peer;
        await using var third = (await nodes.Nodes[1].ConnectAsync(_hub)).Peer; // keeps the node subscribed to the hub; without it, it would look like a node that is cut off
        var (peer, id) = await home.ConnectAsync(_hub, at: nodes.Nodes[1]);
        await using (peer)
        {
            var before = await UndeliveredAsync(sender);
            for (var i = 0; i < 3; i++)
            {
                await SendAsync(sender, $"/connections/{id}/:send");
                await peer.NextAsync();
            }

            Assert.Equal(before, await UndeliveredAsync(sender));
            await nodes.Nodes[sender].Rest.StatusAsync("DELETE", $"/api/hubs/{_hub}/connections/{id}?{Version}");
            await GoneAsync(id);
        }

        await CountedAsync(sender, $"/connections/{id}/:send", "connection", "connection_not_found");
        await CountedAsync(sender, $"/connections/{id}/:send", "connection", "connection_not_found");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Those_who_are_excluded_on_other_nodes(int sender)
    {
        var (one, id) = await nodes.Nodes[1].ConnectAsync(_hub, "ann");
        var (other, otherId) = await nodes.Nodes[2 - sender].ConnectAsync(_hub, "ann");
        await using var first = one;
        await using var second = other;
        await CountedAsync(sender, $"/:send?excluded={id}&excluded={otherId}", "hub", "excluded");
        var before = await UndeliveredAsync(sender);
        await SendAsync(sender, $"/:send?excluded={id}");
        await other.NextAsync();
        await CountedAsync(sender, "/groups/nobodys/:send", "group", "group_empty");
        Assert.Equal(before + 1, await UndeliveredAsync(sender));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_form_that_no_receiver_on_other_nodes_reads(int sender)
    {
        var (peer, _) = await nodes.Nodes[1].ConnectAsync(_hub, "ann");
        await using var client = peer;
        var before = await UndeliveredAsync(sender, ("reason", "no_form"));

        // {"messagepack": a framed invocation} alone, as no SDK sends it but any caller may.
        using var encoded = RestCaller.Content(
            Convert.FromHexString("81" + "AB6D6573736167657061636B" + "C40E" + "0D960180C0A67461726765749090"), "application/octet-stream");
        Assert.Equal(202, (await nodes.Nodes[sender].Rest.SendAsync("POST", $"/api/hubs/{_hub}/users/ann/:send?{Version}", encoded)).Status);
        await BecomesAsync(sender, before + 1, ("reason", "no_form"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Who_is_on_another_node_is_reached(int sender)
    {
        var (peer, id) = await nodes.Nodes[1].ConnectAsync(_hub, "ann");
        await using var client = peer;
        Assert.Equal(200, await nodes.Nodes[1].Rest.StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g/connections/{id}?{Version}"));
        var before = await UndeliveredAsync(sender);
        foreach (var path in new[] { "/:send", "/groups/g/:send", "/users/ann/:send", $"/connections/{id}/:send" })
        {
            await SendAsync(sender, path);
            Assert.Contains("\"news\"", await client.NextAsync(), StringComparison.Ordinal);
        }

        await CountedAsync(sender, "/users/bob/:send", "user", "user_not_connected");
        Assert.Equal(before + 1, await UndeliveredAsync(sender));
    }

    private Task GoneAsync(string id) => Waits.UntilAsync(
        async () => await nodes.Nodes[0].Rest.StatusAsync("HEAD", $"/api/hubs/{_hub}/connections/{id}?{Version}") == 404, "the connection has closed");

    private async Task CountedAsync(int sender, string path, string target, string reason)
    {
        var before = await UndeliveredAsync(sender, ("target", target), ("reason", reason));
        await SendAsync(sender, path);
        await BecomesAsync(sender, before + 1, ("target", target), ("reason", reason));
    }

    private Task SendAsync(int sender, string path) => nodes.Nodes[sender].Rest.SendMessageAsync($"/api/hubs/{_hub}{path}", "news");

    private Task BecomesAsync(int sender, double count, params (string Name, string Value)[] labels) => Waits.UntilAsync(
        async () => await UndeliveredAsync(sender, labels) == count, $"{count} undelivered messages with {string.Join(", ", labels)}");

    private async Task<double> UndeliveredAsync(int node, params (string Name, string Value)[] labels) =>
        (await nodes.Nodes[node].ScrapeAsync()).Sum("serverless_messages_undelivered_total", labels);
}
