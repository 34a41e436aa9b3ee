using Microsoft.AspNetCore.Http;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Upstream;

/// <summary>Streams that upstreams keep open are limited per user and per node, and never take the connections that calls need.</summary>
public sealed class StreamBudgetTests(NarrowGateway gateway) : IClassFixture<NarrowGateway>
{
    private readonly string _hub = GatewayFixture.NewHub();

    private UpstreamHub Upstream => gateway.UpstreamOf(_hub);

    [Fact]
    public async Task Streams_of_204_connections_leave_connections_for_calls_and_are_released_when_their_clients_go()
    {
        var open = 0;
        Upstream.Answer = async (request, context) =>
        {
            if (request.Event == "count")
            {
                Interlocked.Increment(ref open);
                await context.Response.WriteAsync("1\n");
                await context.Response.Body.FlushAsync();
                await context.RequestAborted.WhenCancelledAsync();
                Interlocked.Decrement(ref open);
            }
        };
        await using (var well = await gateway.ConnectAsync(_hub))
        {
            var peers = new List<HubPeer>();
            var answers = new List<string>();
            for (var i = 0; i < 204; i++)
            {
                // Users with four connections each; the last four have no user.
                var peer = await gateway.ConnectAsync(_hub, user: i < 200 ? $"user{i / 4}" : null);
                peers.Add(peer);
                for (var stream = 1; stream <= 3; stream++)
                {
                    answers.Add(await StreamAsync(peer, $"s{stream}"));
                }
            }

            Assert.Equal(NarrowGateway.PerHost / 2, answers.Count(answer => answer.StartsWith("""{"type":2""", StringComparison.Ordinal)));
            Assert.Equal(NarrowGateway.PerHost / 2, Volatile.Read(ref open));
            string[] refusals =
            [
                "the user has 2 open streams on this node already. The limit is set by Gateway:Upstream:MaxStreamsPerUser.",
                "the upstream host holds 4 streams of this node open already; the limit is half of Gateway:Upstream:MaxConnections.",
            ];
            Assert.Equal(
                refusals.Select(refusal => $$"""{"type":3,"invocationId":"s","error":"Invocation failed, {{refusal}}"}"""),
                answers.Where(answer => answer.StartsWith("""{"type":3""", StringComparison.Ordinal)).Distinct().Order().Reverse());
            Assert.Equal("""{"type":3,"invocationId":"1"}""", await well.InvokeAsync("hello"));

            await Task.WhenAll(peers.Select(peer => peer.DisposeAsync().AsTask()));
            await Waits.UntilAsync(() => Volatile.Read(ref open) == 0, "the streams have ended at the upstream");
            await Waits.UntilAsync(async () => (await gateway.ScrapeAsync()).Sum("serverless_upstream_active") == 0, "no call is in progress");
        }

        for (var i = 0; i < 2; i++)
        {
            await using var again = await gateway.ConnectAsync(_hub, user: "user0");
            await using var other = await gateway.ConnectAsync(_hub, user: "user0");
            Assert.Equal(("""{"type":2,"invocationId":"s","item":1}""", """{"type":2,"invocationId":"s","item":1}"""), (await StreamAsync(again, "s"), await StreamAsync(other, "s")));
            Assert.Contains("MaxStreamsPerUser", await StreamAsync(again, "t"), StringComparison.Ordinal);
            await again.SendAsync("""{"type":5,"invocationId":"s"}""");
            Assert.Equal("""{"type":3,"invocationId":"s"}""", await again.NextAsync());
            Assert.Equal("""{"type":2,"invocationId":"s","item":1}""", await StreamAsync(again, "s"));
            await Task.WhenAll(again.DisposeAsync().AsTask(), other.DisposeAsync().AsTask());
            await Waits.UntilAsync(() => Volatile.Read(ref open) == 0, "the streams have ended at the upstream");
        }
    }

    // Returns the response with the invocation id replaced by "s".
    private static async Task<string> StreamAsync(HubPeer peer, string id)
    {
        await peer.SendAsync($$"""{"type":4,"invocationId":"{{id}}","target":"count","arguments":[]}""");
        return (await peer.NextAsync()).Replace($"\"{id}\"", "\"s\"", StringComparison.Ordinal);
    }
}
