using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Management;

/// <summary><c>:execute</c>: the connections that match a filter, and the order of commands.</summary>
[Collection(SharedGateway.Name)]
public sealed class ExecuteTests(GatewayFixture gateway)
{
    private const string Version = "api-version=2023-07-01";

    private readonly string _hub = GatewayFixture.NewHub();

    private RestCaller Rest => new(gateway.Address);

    [Theory]
    [InlineData("", "anna bob none")]
    [InlineData("userId eq 'anna'", "anna")]
    [InlineData("'anna' eq userId", "anna")]
    [InlineData("userId ne 'anna'", "bob none")]
    [InlineData("userId eq null", "none")]
    [InlineData("userId ne null and not (userId eq 'bob')", "anna")]
    [InlineData("userId eq 'anna' or userId eq null", "anna none")]
    [InlineData("userId eq 'anna' or userId eq 'bob' and userId eq 'x'", "anna")]
    [InlineData("startswith(userId, 'an')", "anna")]
    [InlineData("endswith(userId,'b')", "bob")]
    [InlineData("contains(userId, 'o')", "bob")]
    [InlineData("userId in ('x', 'bob')", "bob")]
    [InlineData("'it''s' in groups", "bob")]
    [InlineData("not ('it''s' in groups)", "anna none")]
    [InlineData("userId eq 'ANNA'", "")]
    public async Task A_filter_chooses_connections(string filter, string chosen)
    {
        var peers = new Dictionary<string, HubPeer>(StringComparer.Ordinal);
        foreach (var name in new[] { "anna", "bob", "none" })
        {
            var (peer, id) = await gateway.ConnectKnownAsync(_hub, name == "none" ? null : name);
            peers[name] = peer;
            if (name == "bob")
            {
                await Rest.StatusAsync("PUT", $"/api/hubs/{_hub}/groups/it's/connections/{id}?{Version}");
            }
        }

        var query = filter.Length == 0 ? "" : $"&filter={Uri.EscapeDataString(filter)}";
        Assert.Equal(202, await Rest.StatusAsync(
            "POST", $"/api/hubs/{_hub}/:execute?{Version}{query}", """[{"type":"SendMessage","message":{"target":"chosen","arguments":[]}}]"""));
        await Rest.SendMessageAsync($"/api/hubs/{_hub}/:send?{Version}", "end");
        var reached = new List<string>();
        foreach (var (name, peer) in peers)
        {
            var first = await peer.NextAsync();
            if (first.Contains("chosen", StringComparison.Ordinal))
            {
                reached.Add(name);
            }

            await peer.DisposeAsync();
        }

        Assert.Equal(chosen, string.Join(' ', reached));
    }

    [Fact]
    public async Task Commands_are_done_in_order()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        await using var _ = peer;
        var filter = Uri.EscapeDataString($"connectionId eq '{id}'");
        Assert.Equal(202, await Rest.StatusAsync("POST", $"/api/hubs/{_hub}/:execute?{Version}&filter={filter}", """
            [{"type":"JoinGroup","group":"g"},{"type":"SendMessage","message":{"Target":"m","Arguments":[1]}}]
            """));
        Assert.Equal("""{"type":1,"target":"m","arguments":[1]}""", await peer.NextAsync());
        Assert.Equal(200, await Rest.StatusAsync("HEAD", $"/api/hubs/{_hub}/groups/g?{Version}"));
        Assert.Equal(202, await Rest.StatusAsync("POST", $"/api/hubs/{_hub}/:execute?{Version}", """
            [{"type":"LeaveGroup","group":"g"},{"type":"CloseConnection","reason":"bye"}]
            """));
        Assert.Equal("""{"type":7,"error":"bye","allowReconnect":true}""", await peer.NextAsync());
        Assert.Equal(404, await Rest.StatusAsync("HEAD", $"/api/hubs/{_hub}/groups/g?{Version}"));
    }

    [Theory]
    [InlineData("userId", "[]", "at position 7")]
    [InlineData("", "{}", "array of commands")]
    [InlineData("", "[1]", "A command has a 'type'")]
    [InlineData("", "[{\"type\":\"SendMessage\"}]", "A command has a 'type'")]
    [InlineData("", "[{\"type\":\"JoinGroup\"}]", "'group' is missing")]
    [InlineData("", "[{\"type\":\"SendMessage\",\"message\":{\"arguments\":[]}}]", "target")]
    [InlineData("", "[", "invalid")]
    public async Task What_is_wrong_is_400_and_named(string filter, string body, string problem)
    {
        var answer = await Rest.SendAsync("POST", $"/api/hubs/{_hub}/:execute?{Version}&filter={filter}", body);
        Assert.Equal(400, answer.Status);
        Assert.Contains(problem, answer.Detail("message"), StringComparison.Ordinal);
    }
}
