using System.Security.Claims;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Clients;

/// <summary>Diagnostic clients are logged in full, others are not (docs/contract/limits-and-metering.md#diagnostic-logs).</summary>
public sealed class DiagnosticClientTests(MeteredGateway gateway) : IClassFixture<MeteredGateway>
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task All_that_happens_with_it_is_logged_and_nothing_of_others()
    {
        gateway.UpstreamOf(_hub).AnswerMessages(500, []);
        await using var other = await gateway.ConnectAsync(_hub, "bob");
        await using (var peer = await gateway.ConnectAsync(_hub, "ann", query: "&asrsdiagnosticclient=1"))
        {
            await peer.InvokeAsync("send", """["the body"]""");
            await other.InvokeAsync("of another");
            await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/:send", "news", """["the body"]""");
            await peer.NextAsync();
            await gateway.Rest().StatusAsync("POST", $"/api/hubs/{_hub}/users/ann/:closeConnections?api-version=2024-12-01");
            Assert.Equal("""{"type":7}""", await peer.NextAsync());
        }

        await Waits.UntilAsync(() => Lines().Any(line => line.Contains("ConnectionEnded:", StringComparison.Ordinal)), "the connection's end is logged");
        var lines = Lines();
        foreach (var name in new[]
        {
            "Connectivity ConnectionStarted", "Connectivity ConnectionConnected", "Messaging MessageReceived", "HttpRequests UpstreamRequest", "HttpRequests UpstreamAnswered",
            "Messaging CompletionSent", "Messaging MessageDelivered",
        })
        {
            Assert.Contains(lines, line => line.Contains(name, StringComparison.Ordinal));
        }

        AssertLine("UpstreamRequest:", $"method send, template 0, attempt 1, to {gateway.Upstream.Address}/up/{_hub}/messages/send");
        AssertLine("UpstreamAnswered:", "status 500, milliseconds ");
        AssertLine("UpstreamAnswered:", "reason server_error, node ");
        AssertLine("MessageDelivered:", "method news, bytes ");
        void AssertLine(string name, string text) => Assert.Contains(
            lines, line => line.Contains(name, StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal));

        Assert.All(lines, line => Assert.Contains("user ann, ", line, StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("the body", StringComparison.Ordinal) || line.Contains("of another", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_more_than_a_hundred_the_rest_is_refused_with_429_and_others_are_not()
    {
        var peers = new List<HubPeer>();
        try
        {
            var claims = new[] { new Claim("asrs.s.dc", "true") };
            for (var i = 0; i < 100; i++)
            {
                peers.Add(await gateway.ConnectAsync(_hub, claims: claims));
            }

            var token = GatewayFixture.ClientToken(_hub, claims: claims);
            var refused = await gateway.Rest().SendAsync("POST", $"/client/negotiate?hub={_hub}", token: token);
            Assert.Equal((429, "Diagnostic client count reaches limit"), (refused.Status, refused.Body));
            Assert.Equal(200, (await gateway.Rest().SendAsync("POST", $"/client/negotiate?hub={_hub}", token: GatewayFixture.ClientToken(_hub))).Status);
            await using var raw = await RawConnection.OpenAsync(gateway.Address);
            await raw.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, _hub, token));
            Assert.StartsWith("HTTP/1.1 429 ", await raw.ReadHeadAsync(), StringComparison.Ordinal);
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }

            await gateway.ScrapeUntilAsync(now => now.Sum("serverless_connections_diagnostic") == 0, "all clients have disconnected");
        }
    }

    [Fact]
    public async Task Viewers_are_counted_as_neither_client_nor_server_and_their_traffic_as_outbound()
    {
        await using (var viewer = await Viewer.ConnectAsync(gateway.Address))
        {
            await viewer.StreamAsync("overview");
            await viewer.NextAsync();
            var now = await gateway.ScrapeUntilAsync(
                samples => samples.Sum("MessageCount_total", ("hub", "$gateway"), ("Endpoint", "LiveTrace")) > 0
                    && samples.Sum("OutboundTraffic_bytes_total", ("hub", "$gateway"), ("Endpoint", "LiveTrace")) > 100,
                "the viewer's traffic is counted");
            Assert.Equal(1, now.Sum("ConnectionCount", ("Endpoint", "LiveTrace")));
            Assert.False(now.Has("ConnectionCount", ("hub", "$gateway"), ("Endpoint", "Client")));
            Assert.False(now.Has("MessageCount_total", ("hub", "$gateway"), ("Endpoint", "Client")));
        }

        await gateway.ScrapeUntilAsync(now => now.Sum("ConnectionCount", ("Endpoint", "LiveTrace")) == 0, "the viewer has disconnected");
    }

    // The text of an event is on the line after its head.
    private string[] Lines()
    {
        var log = gateway.Server.Log.Split('\n');
        return [.. Enumerable.Range(0, log.Length - 1).Where(i => log[i].Contains("DiagnosticSink[2]", StringComparison.Ordinal))
            .Select(i => log[i + 1]).Where(line => line.Contains($"Hub {_hub},", StringComparison.Ordinal))];
    }
}
