using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Management;

/// <summary>The lists of a hub, sorted and searched. The end-to-end tests cover several nodes.</summary>
public sealed class ListingTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task Connections_are_sorted_and_searched_page_by_page()
    {
        await using var bob = await ConnectAsync("bob");
        await using var ann = await ConnectAsync("Ann@home");
        await using var emile = await ConnectAsync("%C3%89mile%20Z");
        await using var cy = await ConnectAsync("cy");
        await bob.SendAsync("""{"type":6}""");
        await cy.SendAsync("""{"type":1,"target":"x","arguments":[]}""");
        await Waits.UntilAsync(async () => (await UsersAsync("connections?orderby=received%20desc"))[0] == "cy", "cy's message is counted");

        Assert.Equal(["Ann@home", "bob", "cy", "%C3%89mile%20Z"], await UsersAsync("connections?orderby=user&maxpagesize=1"));
        Assert.Equal(["%C3%89mile%20Z", "cy", "bob", "Ann@home"], await UsersAsync("connections?orderby=user%20desc&maxpagesize=3"));
        Assert.Equal(["bob", "Ann@home", "%C3%89mile%20Z", "cy"], await UsersAsync("connections?orderby=connectedAt&maxpagesize=2"));
        Assert.Equal(["cy", "%C3%89mile%20Z", "Ann@home", "bob"], await UsersAsync("connections?orderby=connectedAt%20desc&maxpagesize=2"));

        // A user id is found in its displayed form and in its own form.
        Assert.Equal(["%C3%89mile%20Z"], await UsersAsync("connections?search=%C3%89mile%20z"));
        Assert.Equal(["%C3%89mile%20Z"], await UsersAsync("connections?search=mile%2520"));
        Assert.Equal(["Ann@home"], await UsersAsync("connections?search=ann%40"));
        Assert.Empty(await UsersAsync("connections?search=nobody"));
    }

    [Fact]
    public async Task Users_are_sorted_and_searched_page_by_page()
    {
        await using var first = await ConnectAsync("ann");
        await using var second = await ConnectAsync("bob");
        await using var third = await ConnectAsync("bob");
        await using var fourth = await ConnectAsync("cy%20b");
        Assert.Equal(["ann", "bob", "cy%20b"], await NamesAsync("users?maxpagesize=1"));
        Assert.Equal(["bob", "ann", "cy%20b"], await NamesAsync("users?orderby=connections%20desc&maxpagesize=1"));
        Assert.Equal(["ann", "cy%20b", "bob"], await NamesAsync("users?orderby=connections&maxpagesize=2"));
        Assert.Equal(["cy%20b"], await NamesAsync("users?search=Y%20B"));
    }

    [Theory]
    [InlineData("connections?orderby=name", "'orderby' must be one of user, transport, node, received, sent, connectedAt")]
    [InlineData("connections?orderby=user%20down", "'orderby' must be one of")]
    [InlineData("users?orderby=user", "'orderby' must be one of connections")]
    [InlineData("connections?orderby=user&continuationToken=99:x", "Use 'nextLink' unchanged.")]
    public async Task An_order_that_there_is_not_is_refused(string list, string message)
    {
        var answer = await gateway.Rest().SendAsync("GET", $"/admin/hubs/{_hub}/{list}");
        Assert.Equal(400, answer.Status);
        Assert.Contains(message, answer.Body, StringComparison.Ordinal);
    }

    private async Task<HubPeer> ConnectAsync(string user) => (await gateway.ConnectKnownAsync(_hub, user)).Peer;

    private Task<List<string>> UsersAsync(string list) => ReadAsync(list, "user");

    private Task<List<string>> NamesAsync(string list) => ReadAsync(list, "name");

    private async Task<List<string>> ReadAsync(string list, string property)
    {
        var values = new List<string>();
        for (var target = $"/admin/hubs/{_hub}/{list}"; target is not null;)
        {
            var answer = await gateway.Rest().SendAsync("GET", target);
            using var page = JsonDocument.Parse(answer.Body);
            values.AddRange(page.RootElement.GetProperty("value").EnumerateArray().Select(one => one.GetProperty(property).GetString()!));
            target = page.RootElement.TryGetProperty("nextLink", out var next) ? new Uri(next.GetString()!).PathAndQuery : null;
        }

        return values;
    }
}
