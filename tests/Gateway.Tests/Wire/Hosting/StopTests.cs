using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Hosting;

/// <summary>Graceful shutdown: each test stops a gateway of its own with an operator's signal.</summary>
public sealed class StopTests : ProcessFixture, IAsyncLifetime
{
    [Fact]
    public async Task Clients_are_asked_to_come_back_and_every_disconnected_is_sent()
    {
        var hub = NewHub();
        var json = await ConnectAsync(hub, "u1");
        var messagePack = await ConnectAsync(hub, protocol: HubProtocol.MessagePack);
        await using var shaking = await HubPeer.OpenAsync(Address, hub, ClientToken(hub), HubProtocol.Json);
        await using var idle = await RawConnection.OpenAsync(Address);
        await using var http = await RawConnection.OpenAsync(Address);
        await http.WriteAsync($"GET /api/health HTTP/1.1\r\nHost: {Address.Authority}\r\n\r\n");
        await http.ReadResponseAsync();
        await UpstreamOf(hub).NextAsync("connected");
        await UpstreamOf(hub).NextAsync("connected");
        UpstreamOf(hub).Answer = (_, _) => UpstreamOf(hub).Gate;

        var stopping = Process.StopAsync();
        Assert.Equal("""{"type":7,"error":"Service reloading, try reconnecting","allowReconnect":true}""", await json.NextAsync());
        Assert.Equal("close:1000", await json.NextAsync());
        Assert.EndsWith("c3", await messagePack.NextAsync(), StringComparison.Ordinal);
        Assert.Equal("close:1000", await messagePack.NextAsync());
        Assert.Equal("close:1000", await shaking.NextAsync());
        await json.DisposeAsync();
        await messagePack.DisposeAsync();
        await UpstreamOf(hub).NextAsync("disconnected");
        await UpstreamOf(hub).NextAsync("disconnected");

        // The gateway waits only for the responses of these calls: idle connections are closed.
        UpstreamOf(hub).LetGo();
        Assert.Equal(0, await stopping);
    }

    [Fact]
    public async Task A_call_under_way_is_finished_and_a_client_that_does_not_leave_is_cut_off()
    {
        var hub = NewHub();
        UpstreamOf(hub).Answer = (request, _) => request.Event == "slow" ? UpstreamOf(hub).Gate : Task.CompletedTask;
        await using var peer = await ConnectAsync(hub);
        await peer.SendAsync("""{"type":1,"invocationId":"1","target":"slow","arguments":[]}""");
        await UpstreamOf(hub).NextAsync("connected");
        await UpstreamOf(hub).NextAsync("slow");

        var stopping = Process.StopAsync();
        Assert.StartsWith("""{"type":7,"error":"Service reloading""", await peer.NextAsync(), StringComparison.Ordinal);
        Assert.Equal("close:1000 end", await peer.ToEndAsync()); // the client never answered
        Assert.False(Process.HasExited);
        UpstreamOf(hub).LetGo();
        await UpstreamOf(hub).NextAsync("disconnected");
        Assert.Equal(0, await stopping);
    }

    [Fact]
    public async Task Connecting_while_it_stops_gives_no_connection_that_stays()
    {
        var hub = NewHub();
        await using var first = await ConnectAsync(hub);
        using var stop = new CancellationTokenSource();
        var connecting = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var peers = new List<HubPeer>();
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    peers.Add(await ConnectAsync(hub));
                }
            }
            catch (Exception exception) when (exception is System.Net.Sockets.SocketException or IOException or Xunit.Sdk.XunitException)
            {
                // The connection was refused, or ended while it was opening.
            }

            foreach (var peer in peers)
            {
                Assert.EndsWith("end", await peer.ToEndAsync(), StringComparison.Ordinal);
                await peer.DisposeAsync();
            }
        })).ToList();
        await Waits.UntilAsync(() => UpstreamOf(hub).Waiting > 20, "clients connect");

        Assert.Equal(0, await Process.StopAsync());
        await stop.CancelAsync();
        await Task.WhenAll(connecting);
    }

    [Fact]
    public async Task A_leaving_node_serves_the_API_and_sends_new_clients_elsewhere()
    {
        var hub = NewHub();
        UpstreamOf(hub).Answer = (request, _) => request.Event == "slow" ? UpstreamOf(hub).Gate : Task.CompletedTask;
        await using var peer = await ConnectAsync(hub);
        await peer.SendAsync("""{"type":1,"invocationId":"1","target":"slow","arguments":[]}""");
        await UpstreamOf(hub).NextAsync("connected");
        await UpstreamOf(hub).NextAsync("slow");

        var stopping = Process.StopAsync();
        Assert.StartsWith("""{"type":7,"error":"Service reloading""", await peer.NextAsync(), StringComparison.Ordinal);
        var refused = await Rest().SendAsync("POST", $"/client/negotiate?hub={hub}&negotiateVersion=1", content: null, ClientToken(hub));
        Assert.Equal((503, "1"), (refused.Status, refused.RetryAfter));
        Assert.Equal(503, await Rest().StatusAsync("GET", "/health/ready"));
        await Rest().SendMessageAsync($"/api/v1/hubs/{hub}", "n");
        UpstreamOf(hub).LetGo();
        await peer.DisposeAsync();
        Assert.Equal(0, await stopping);
    }

    [Fact]
    public async Task Clients_are_not_all_sent_away_at_once()
    {
        var hub = NewHub();
        var peers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => ConnectAsync(hub)));
        var stopping = Process.StopAsync();
        var closedAt = await Task.WhenAll(peers.Select(async peer =>
        {
            Assert.StartsWith("""{"type":7,"error":"Service reloading""", await peer.NextAsync(), StringComparison.Ordinal);
            var now = System.Diagnostics.Stopwatch.GetTimestamp();
            await peer.DisposeAsync();
            return now;
        }));

        // 10 ms per client.
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(closedAt.Min(), closedAt.Max()) > TimeSpan.FromMilliseconds(400), "spread");
        Assert.Equal(0, await stopping);
    }
}
