using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Upstream;

/// <summary>The connections to upstreams are bounded; calls that wait for one are not lost and do not delay other hosts.</summary>
public sealed class UpstreamBudgetTests(NarrowGateway gateway) : IClassFixture<NarrowGateway>
{
    private readonly string _hub = GatewayFixture.NewHub();

    private UpstreamHub Upstream => gateway.UpstreamOf(_hub);

    [Fact]
    public async Task A_mass_disconnect_goes_through_the_bound_while_clients_come_back()
    {
        const int Leaving = 300;
        const int Returning = 40;
        Upstream.Answer = (request, _) => request.Event == "disconnected" ? Upstream.Gate : Task.CompletedTask;
        var peers = new List<HubPeer>();
        var expected = new HashSet<string>();
        for (var i = 0; i < Leaving; i++)
        {
            var (peer, id) = await gateway.ConnectKnownAsync(_hub);
            peers.Add(peer);
            expected.Add(id);
        }

        // All clients disconnect at once; no event is answered yet.
        await Task.WhenAll(peers.Select(peer => peer.DisposeAsync().AsTask()));
        await WaitingBecomesAsync(waiting => waiting == Leaving - NarrowGateway.PerHost);
        await Waits.UntilAsync(() => Upstream.Waiting == NarrowGateway.PerHost, "the upstream has received the requests");

        var back = await Task.WhenAll(Enumerable.Range(0, Returning).Select(_ => gateway.ConnectAsync(_hub)));
        Upstream.LetGo();
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await back[0].InvokeAsync("hello"));
        var events = new List<UpstreamRequest>();
        for (var i = 0; i < Leaving + Returning + 1; i++)
        {
            events.Add(await Upstream.NextAsync());
        }

        var gone = events.Where(one => one.Event == "disconnected").Select(one => one.ConnectionId).ToList();
        Assert.Equal(expected.Order(), gone.Order());
        Assert.Equal(Returning, events.Where(one => one.Event == "connected").DistinctBy(one => one.ConnectionId).Count());
        Assert.True(events.FindIndex(one => one.Event == "hello") < Leaving, "Calls of connected clients must not wait for all events of disconnected ones.");
        Assert.InRange(gateway.Upstream.Connections.Most, 2, NarrowGateway.PerHost);

        await WaitingBecomesAsync(waiting => waiting == 0);
        await Waits.UntilAsync(() => gateway.Upstream.Connections.Open == 0, "idle connections are closed");
        Assert.Equal(0, (await gateway.ScrapeAsync()).Sum("serverless_upstream_connections"));
        foreach (var peer in back)
        {
            await peer.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_host_that_hangs_does_not_delay_calls_to_another()
    {
        var hung = gateway.Other.Hub("other");
        hung.Answer = (_, _) => hung.Gate;
        var peers = new List<HubPeer>();
        for (var i = 0; i < 3 * NarrowGateway.PerHost; i++)
        {
            peers.Add(await gateway.ConnectAsync("other"));
        }

        await WaitingBecomesAsync(waiting => waiting == 2 * NarrowGateway.PerHost);
        await using var well = await gateway.ConnectAsync(_hub);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("""{"type":3,"invocationId":"1"}""", await well.InvokeAsync("hello"));
        }

        Assert.Equal(NarrowGateway.PerHost, gateway.Other.Connections.Most);
        hung.LetGo();
        await WaitingBecomesAsync(waiting => waiting == 0);
        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }
    }

    private async Task WaitingBecomesAsync(Func<double, bool> condition) =>
        await gateway.ScrapeUntilAsync(now => condition(now.Sum("serverless_upstream_waiting")), "calls wait for a connection");
}
