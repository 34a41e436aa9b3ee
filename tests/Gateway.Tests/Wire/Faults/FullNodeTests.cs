using System.Diagnostics;
using System.Globalization;
using Serverless.Gateway.Tests.Backplane;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Faults;

/// <summary>
/// A node with 20,000 connections and 30 MB of ledger dies: a survivor reports each of them, and serves its own clients meanwhile.
/// </summary>
public sealed class FullNodeTests
{
    private const string Lost = "lost-node";
    private const int Connections = 20_000;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task All_connections_are_reported_once_while_the_survivor_serves_its_own_clients()
    {
        var hub = GatewayFixture.NewHub();
        await using var redis = await RedisServer.StartAsync();
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using (var seed = await TestLedger.StartAsync(redis.Address, Timeout, TestSigner.Keys(GatewayFixture.Key)))
        {
            await LostLedgerTests.LeaveAsync(seed, Lost, Connections, claimBytes: 1500, hub);
        }

        await using var node = await RedisNode.StartAsync(
            redis.Address,
            ("Gateway:Nodes:Timeout", Timeout.ToString("c", CultureInfo.InvariantCulture)),
            ("UpstreamSettings:Templates:0:UrlTemplate", upstream.Template));
        var joined = Stopwatch.StartNew();
        await using var client = await HubPeer.ConnectAsync(node.Server.Address, hub, GatewayFixture.ClientToken(hub, "own"), HubProtocol.Json);

        var reported = new HashSet<string>(StringComparer.Ordinal);
        var first = TimeSpan.Zero;
        var collecting = Task.Run(async () =>
        {
            while (reported.Count < Connections)
            {
                var request = await upstream.Hub(hub).NextAsync();
                if (request.Event == "disconnected")
                {
                    first = reported.Count == 0 ? joined.Elapsed : first;
                    Assert.True(reported.Add(request.ConnectionId), $"{request.ConnectionId} was reported twice.");
                    Assert.Equal(1500, request.Header("X-ASRS-User-Claims")!.Length);
                }
            }
        });

        // Calls of the survivor's client, and messages that cross Redis.
        var (calls, longest) = (0, TimeSpan.Zero);
        while (!collecting.IsCompleted)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal("""{"type":3,"invocationId":"1"}""", await client.InvokeAsync("x"));
            await node.Rest.SendMessageAsync($"/api/v1/hubs/{hub}/users/own", "t", "[1]");
            Assert.Equal("""{"type":1,"target":"t","arguments":[1]}""", await client.NextAsync());
            longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
            calls += reported.Count > 0 ? 1 : 0;
        }

        await collecting;
        Assert.True(first < Timeout * 4, $"The first event arrived after {first}.");
        Assert.True(longest < TimeSpan.FromSeconds(3), $"A call and a message took {longest}.");
        Assert.True(calls > 20, $"{calls} calls were answered meanwhile.");
        await Waits.UntilAsync(async () => await redis.AskAsync($"EXISTS sg:lease:{{{Lost}}} sg:ledger:{{{Lost}}}") == ":0", "the report is closed");
        Assert.Equal(":0", await redis.AskAsync($"HEXISTS sg:nodes {Lost}"));
        Assert.Contains($"its {Connections} connections", node.Server.Log, StringComparison.Ordinal);
        while (upstream.Hub(hub).Waiting > 0)
        {
            Assert.NotEqual("disconnected", (await upstream.Hub(hub).NextAsync()).Event);
        }
    }
}
