using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Management;

/// <summary>Users in groups: present and later members.</summary>
[Collection(SharedGateway.Name)]
public sealed class UserGroupOperationsTests(GatewayFixture gateway)
{
    private const string Received = """{"type":1,"target":"m","arguments":[1]}""";

    private readonly string _hub = GatewayFixture.NewHub();
    private readonly RestCaller _rest = gateway.Rest();

    [Fact]
    public async Task A_user_in_a_group_brings_present_and_future_connections()
    {
        await using var before = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await using var stranger = (await gateway.ConnectKnownAsync(_hub, "u2")).Peer;
        Assert.Equal(202, await _rest.StatusAsync("PUT", $"/api/v1/hubs/{_hub}/groups/g/users/u1"));
        await using var after = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await _rest.SendMessageAsync(Path("/groups/g/:send"), "m", "[1]");
        Assert.Equal(Received, await before.NextAsync());
        Assert.Equal(Received, await after.NextAsync());

        Assert.Equal(204, await _rest.StatusAsync("DELETE", Path("/users/u1/groups/g")));
        Assert.Equal(404, await _rest.StatusAsync("GET", Path("/users/u1/groups/g")));
        Assert.Equal(404, await _rest.StatusAsync("HEAD", Path("/groups/g")));
        await using var later = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await _rest.SendMessageAsync(Path("/groups/g/:send"), "m", "[1]");
        await _rest.SendMessageAsync(Path("/:send"), "end");
        foreach (var peer in (HubPeer[])[before, after, later, stranger])
        {
            Assert.Equal("""{"type":1,"target":"end","arguments":[]}""", await peer.NextAsync());
        }
    }

    [Fact]
    public async Task A_user_may_be_put_into_a_group_before_anyone_has_connected()
    {
        Assert.Equal(200, await _rest.StatusAsync("PUT", Path("/users/u1/groups/g")));
        Assert.Equal(200, await _rest.StatusAsync("GET", Path("/users/u1/groups/g")));
        Assert.Equal(404, await _rest.StatusAsync("GET", Path("/groups/g"))); // no member is connected
        await using var peer = await gateway.ConnectAsync(_hub, "u1"); // a connected client is in its groups
        await _rest.SendMessageAsync(Path("/groups/g/:send"), "m", "[1]");
        Assert.Equal(Received, await peer.NextAsync());
    }

    [Fact]
    public async Task A_time_to_live_of_zero_joins_the_present_connections_only()
    {
        await using var present = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        Assert.Equal(200, await _rest.StatusAsync("PUT", Path("/users/u1/groups/g?ttl=0")));
        await using var future = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await _rest.SendMessageAsync(Path("/groups/g/:send"), "m", "[1]");
        await _rest.SendMessageAsync(Path("/:send"), "end");
        Assert.Equal(Received, await present.NextAsync());
        Assert.Equal("""{"type":1,"target":"end","arguments":[]}""", await future.NextAsync());
    }

    [Fact]
    public async Task A_membership_ends_with_its_time_also_for_connections_that_have_joined()
    {
        await using var peer = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        Assert.Equal(200, await _rest.StatusAsync("PUT", Path("/users/u1/groups/g?ttl=1")));
        Assert.Equal(200, await _rest.StatusAsync("HEAD", Path("/groups/g")));
        await Waits.UntilAsync(async () => await _rest.StatusAsync("HEAD", Path("/groups/g")) == 404, "the membership ends");
        Assert.Equal(404, await _rest.StatusAsync("GET", Path("/users/u1/groups/g")));
    }

    [Fact]
    public async Task Removing_a_user_from_all_groups_takes_its_connections_out_of_every_group()
    {
        await using var peer = (await gateway.ConnectKnownAsync(_hub, "u1")).Peer;
        await using var other = (await gateway.ConnectKnownAsync(_hub, "u2")).Peer;
        await _rest.StatusAsync("PUT", Path("/users/u1/groups/g1"));
        await _rest.StatusAsync("PUT", Path("/users/u2/groups/g1"));
        await _rest.StatusAsync("PUT", Path("/users/u1/groups/g2"));
        Assert.Equal(204, await _rest.StatusAsync("DELETE", Path("/users/u1/groups")));
        Assert.Equal(404, await _rest.StatusAsync("HEAD", Path("/groups/g2")));
        Assert.Equal(200, await _rest.StatusAsync("HEAD", Path("/groups/g1")));
    }

    private string Path(string path) => $"/api/hubs/{_hub}{path}";
}
