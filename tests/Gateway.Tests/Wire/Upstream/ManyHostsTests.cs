using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Upstream;

/// <summary>The total number of connections to all upstream hosts is bounded too.</summary>
public sealed class ManyHostsTests
{
    [Fact]
    public async Task Idle_connections_to_some_hosts_do_not_keep_calls_from_another_for_long()
    {
        var hosts = new List<UpstreamRecorder>();
        for (var i = 0; i < 5; i++)
        {
            hosts.Add(await UpstreamRecorder.StartAsync());
        }

        var templates = hosts.Select((host, i) => new { UrlTemplate = host.Template, HubPattern = $"h{i}", CategoryPattern = "messages" });
        var settings = JsonSerializer.Serialize(new
        {
            UpstreamSettings = new { Templates = templates },
            Gateway = new { AccessKeys = new[] { GatewayFixture.Key }, Upstream = new { MaxConnections = 2, Timeout = "00:00:20" } },
        });
        await using (var gateway = await SettingsGateway.StartAsync(settings))
        {
            // At most two times two idle connections may exist.
            var first = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => gateway.ConnectAsync($"h{i / 2}", GatewayFixture.Key)));
            foreach (var i in (int[])[0, 1])
            {
                var hub = hosts[i].Hub($"h{i}");
                hub.Answer = (_, _) => hub.Gate;
                var calls = first[(2 * i)..((2 * i) + 2)].Select(peer => peer.InvokeAsync("x")).ToList();
                await Waits.UntilAsync(() => hub.Waiting == 2, "calls are in progress");
                hub.LetGo();
                Assert.All(await Task.WhenAll(calls), answer => Assert.Equal("""{"type":3,"invocationId":"1"}""", answer));
            }

            for (var i = 2; i < 5; i++)
            {
                await using var peer = await gateway.ConnectAsync($"h{i}", GatewayFixture.Key);
                Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
                await Waits.UntilAsync(() => hosts.Sum(host => host.Connections.Open) <= 4, "the number of open connections is within the limit");
            }

            foreach (var peer in first)
            {
                await peer.DisposeAsync();
            }
        }

        Assert.All(hosts, host => Assert.InRange(host.Connections.Most, 1, 2));
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }
    }
}
