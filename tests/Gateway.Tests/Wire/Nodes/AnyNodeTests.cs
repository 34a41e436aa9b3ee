using System.Net;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>Long-polling and SSE clients, each of whose requests arrives at another of three nodes: no affinity.</summary>
public sealed class AnyNodeTests(NodesOfOneServer nodes) : IClassFixture<NodesOfOneServer>
{
    private const string Version = "api-version=2024-12-01";

    private readonly string _hub = GatewayFixture.NewHub();

    private RestCaller Rest => new(nodes.Nodes[0].Address);

    [Fact]
    public async Task A_long_polling_client_is_served_by_whichever_node_its_requests_reach()
    {
        using var peer = await NegotiateAsync();
        (await peer.PollAsync()).Dispose();
        using var posted = await peer.PostAsync(HttpClientPeer.JsonHandshake);
        Assert.Equal((HttpStatusCode.OK, "text/plain"), (posted.StatusCode, posted.Content.Headers.ContentType?.ToString()));
        Assert.Equal("{}\u001e", await peer.PollTextAsync());
        for (var i = 0; i < 12; i++)
        {
            var poll = i % 2 == 0 ? peer.PollTextAsync() : null;
            await Rest.SendMessageAsync($"/api/hubs/{_hub}/connections/{peer.Id}/:send?{Version}", "n", $"[{i}]");
            Assert.Equal($"{{\"type\":1,\"target\":\"n\",\"arguments\":[{i}]}}\u001e", await (poll ?? peer.PollTextAsync()));
        }

        using var gone = await peer.DeleteAsync();
        Assert.Equal(HttpStatusCode.Accepted, gone.StatusCode);
        Assert.Equal(peer.Id, (await nodes.Upstream.Hub(_hub).NextAsync("connected")).ConnectionId);
        Assert.Equal(peer.Id, (await nodes.Upstream.Hub(_hub).NextAsync("disconnected")).ConnectionId);
        using var late = await peer.PollAsync();
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
    }

    [Fact]
    public async Task A_messagepack_body_reaches_clients_of_other_nodes_untouched()
    {
        const string Values = "93C4020102CA3FC00000D6FF00000001";
        await using var messagePack = await HubPeer.ConnectAsync(
            nodes.Nodes[1].Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.MessagePack);
        await using var json = await HubPeer.ConnectAsync(nodes.Nodes[2].Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json);
        await nodes.Upstream.Hub(_hub).NextAsync("connected");
        await nodes.Upstream.Hub(_hub).NextAsync("connected");
        var body = RestCaller.Content(Convert.FromHexString($"82A6746172676574A174A9617267756D656E7473{Values}"), "application/x-msgpack");
        Assert.Equal(202, (await Rest.SendAsync("POST", $"/api/hubs/{_hub}/:send?{Version}", body)).Status);
        Assert.Equal($"960180C0A174{Values}90", await messagePack.NextAsync(), ignoreCase: true);
        Assert.Equal("""{"type":1,"target":"t","arguments":["AQI=",1.5,"1970-01-01T00:00:01Z"]}""", await json.NextAsync());
    }

    [Fact]
    public async Task A_client_that_posts_before_it_polls_is_served_by_any_node()
    {
        using var peer = await NegotiateAsync();
        using var posted = await peer.PostAsync(HttpClientPeer.JsonHandshake);
        Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        using var first = await peer.PollAsync();
        Assert.Equal((HttpStatusCode.OK, ""), (first.StatusCode, await first.Content.ReadAsStringAsync()));
        Assert.Equal("{}\u001e", await peer.PollTextAsync());
        Assert.Equal(peer.Id, (await nodes.Upstream.Hub(_hub).NextAsync("connected")).ConnectionId);
    }

    [Fact]
    public async Task What_it_posts_goes_upstream_in_order_whichever_node_takes_it()
    {
        using var peer = await PollingAsync();
        await nodes.Upstream.Hub(_hub).NextAsync("connected");
        for (var i = 0; i < 9; i++)
        {
            // The body of one is larger than a piece that nodes forward.
            var argument = i == 4 ? new string('x', 200_000) : "";
            using var posted = await peer.PostAsync($"{{\"type\":1,\"target\":\"m{i}\",\"arguments\":[\"{argument}\"]}}\u001e");
            Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        }

        for (var i = 0; i < 9; i++)
        {
            Assert.Equal(peer.Id, (await nodes.Upstream.Hub(_hub).NextAsync($"m{i}")).ConnectionId);
        }
    }

    [Fact]
    public async Task A_client_of_server_sent_events_posts_to_any_node()
    {
        using var peer = await NegotiateAsync();
        using var response = await peer.SendAsync(HttpMethod.Get, peer.Target, accept: "text/event-stream");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync());
        (await peer.PostAsync(HttpClientPeer.JsonHandshake)).Dispose();
        Assert.Equal("data: {}\u001e", await NextAsync(events));
        await nodes.Upstream.Hub(_hub).NextAsync("connected");
        for (var i = 0; i < 6; i++)
        {
            using var posted = await peer.PostAsync($"{{\"type\":1,\"target\":\"s{i}\",\"arguments\":[]}}\u001e");
            Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
            Assert.Equal(peer.Id, (await nodes.Upstream.Hub(_hub).NextAsync($"s{i}")).ConnectionId);
        }

        // Only a polling client closes in this way, on any node.
        for (var i = 0; i < 3; i++)
        {
            using var refused = await peer.DeleteAsync();
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }

    [Fact]
    public async Task A_poll_that_its_client_gives_up_takes_no_messages_along()
    {
        using var peer = await PollingAsync();
        for (var i = 0; i < 3; i++)
        {
            using var givenUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => peer.Http.SendAsync(
                new HttpRequestMessage(HttpMethod.Get, peer.Target) { Headers = { Authorization = new("Bearer", GatewayFixture.ClientToken(_hub)) } },
                givenUp.Token));

            // When one of two polls has replaced the other, the replaced one has ended.
            Task<HttpResponseMessage>[] polls = [peer.PollAsync(), peer.PollAsync()];
            var older = await Task.WhenAny(polls);
            Assert.Equal(HttpStatusCode.NoContent, (await older).StatusCode);
            await Rest.SendMessageAsync($"/api/hubs/{_hub}/connections/{peer.Id}/:send?{Version}", "n", $"[{i}]");
            using var newer = await polls.Single(poll => poll != older);
            Assert.Equal($"{{\"type\":1,\"target\":\"n\",\"arguments\":[{i}]}}\u001e", await newer.Content.ReadAsStringAsync());
        }
    }

    private static async Task<string?> NextAsync(StreamReader events)
    {
        while (await events.ReadLineAsync(Waits.Limited()) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                return line;
            }
        }

        return null;
    }

    private Task<HttpClientPeer> NegotiateAsync() => HttpClientPeer.NegotiateAsync(
        new EachElsewhere([.. nodes.Nodes.Select(node => node.Address)]), nodes.Nodes[0].Address, _hub);

    private async Task<HttpClientPeer> PollingAsync()
    {
        var peer = await NegotiateAsync();
        (await peer.PollAsync()).Dispose();
        (await peer.PostAsync(HttpClientPeer.JsonHandshake)).Dispose();
        Assert.Equal("{}\u001e", await peer.PollTextAsync());
        return peer;
    }

    // A load balancer without affinity: each request goes to the next node.
    private sealed class EachElsewhere(Uri[] nodes) : DelegatingHandler(MemoryNetwork.CreateHandler())
    {
        private int _next;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var node = nodes[Interlocked.Increment(ref _next) % nodes.Length];
            request.RequestUri = new Uri(node, request.RequestUri!.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
