using System.Net;
using System.Security.Claims;
using System.Text.Json;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Clients;

[Collection(SharedGateway.Name)]
public sealed class LongPollingTests(GatewayFixture gateway)
{
    private readonly string _hub = GatewayFixture.NewHub();

    private RestCaller Rest => new(gateway.Address);

    [Fact]
    public async Task The_first_poll_is_answered_at_once_and_later_ones_carry_messages()
    {
        using var peer = await HttpClientPeer.NegotiateAsync(gateway, _hub);
        using var first = await peer.PollAsync();
        Assert.Equal((HttpStatusCode.OK, 0), (first.StatusCode, first.Content.Headers.ContentLength));
        Assert.Equal("application/octet-stream", first.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-cache, no-store", string.Join(", ", first.Headers.GetValues("Cache-Control").SelectMany(value => value.Split(", ")).Order()));

        using var posted = await peer.PostAsync(HttpClientPeer.JsonHandshake);
        Assert.Equal((HttpStatusCode.OK, "text/plain", ""), (posted.StatusCode, posted.Content.Headers.ContentType?.ToString(), await posted.Content.ReadAsStringAsync()));
        Assert.Equal("{}\u001e", await peer.PollTextAsync());
        var poll = peer.PollTextAsync();
        await Rest.SendMessageAsync($"/api/hubs/{_hub}/connections/{peer.Id}/:send?api-version=2022-06-01", "hi", "[1]");
        Assert.Equal("{\"type\":1,\"target\":\"hi\",\"arguments\":[1]}\u001e", await poll);
    }

    [Fact]
    public async Task What_gathers_between_polls_comes_whole_and_in_order()
    {
        using var peer = await HttpClientPeer.PollingAsync(gateway, _hub);
        for (var i = 0; i < 50; i++)
        {
            await Rest.SendMessageAsync($"/api/hubs/{_hub}/connections/{peer.Id}/:send?api-version=2022-06-01", "n", $"[{i}]");
        }

        var received = "";
        while (received.Count(character => character == '\u001e') < 50)
        {
            var body = await peer.PollTextAsync();
            Assert.EndsWith("\u001e", body, StringComparison.Ordinal);
            received += body;
        }

        Assert.Equal(string.Concat(Enumerable.Range(0, 50).Select(i => $"{{\"type\":1,\"target\":\"n\",\"arguments\":[{i}]}}\u001e")), received);
    }

    [Fact]
    public async Task A_message_may_be_split_over_posts()
    {
        using var peer = await HttpClientPeer.NegotiateAsync(gateway, _hub);
        (await peer.PollAsync()).Dispose();
        foreach (var part in new[] { "{\"protocol\":\"js", "on\",\"version\"", ":1}\u001e" })
        {
            (await peer.PostAsync(part)).Dispose();
        }

        Assert.Equal("{}\u001e", await peer.PollTextAsync());
    }

    [Fact]
    public async Task A_client_may_post_before_it_polls()
    {
        using var peer = await HttpClientPeer.NegotiateAsync(gateway, _hub);
        using var posted = await peer.PostAsync(HttpClientPeer.JsonHandshake);
        Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        using var first = await peer.PollAsync();
        Assert.Equal((HttpStatusCode.OK, 0), (first.StatusCode, first.Content.Headers.ContentLength));
        Assert.Equal("{}\u001e", await peer.PollTextAsync());
        await Rest.SendMessageAsync($"/api/hubs/{_hub}/connections/{peer.Id}/:send?api-version=2022-06-01", "hi", "[1]");
        Assert.Equal("{\"type\":1,\"target\":\"hi\",\"arguments\":[1]}\u001e", await peer.PollTextAsync());
    }

    [Fact]
    public async Task A_post_begins_a_connection_only_where_the_token_allows_long_polling()
    {
        var token = GatewayFixture.ClientToken(_hub, claims: [new Claim("asrs.s.htt", "1")]); // WebSockets
        using var peer = await HttpClientPeer.NegotiateAsync(gateway, _hub, token);
        using var posted = await peer.PostAsync(HttpClientPeer.JsonHandshake);
        Assert.Equal((HttpStatusCode.NotFound, "No Connection with that ID"), (posted.StatusCode, await posted.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_newer_poll_takes_over_and_the_older_ends_with_204()
    {
        using var peer = await HttpClientPeer.PollingAsync(gateway, _hub);
        var older = peer.PollAsync();
        var newer = peer.PollAsync();

        // The order of arrival decides which poll is the older one.
        if (await Task.WhenAny(older, newer) == newer)
        {
            (older, newer) = (newer, older);
        }

        Assert.Equal(HttpStatusCode.NoContent, (await older).StatusCode);
        await Rest.SendMessageAsync($"/api/hubs/{_hub}/:send?api-version=2022-06-01", "hi");
        Assert.Contains("\"hi\"", await (await newer).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_ends_the_connection_and_the_poll_that_waits()
    {
        using var peer = await HttpClientPeer.PollingAsync(gateway, _hub);
        var poll = peer.PollAsync();
        using var deleted = await peer.DeleteAsync();
        Assert.Equal((HttpStatusCode.Accepted, "text/plain"), (deleted.StatusCode, deleted.Content.Headers.ContentType?.ToString()));
        Assert.True((await poll).StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotFound);
        using var again = await peer.PostAsync("{\"type\":6}\u001e");
        Assert.Equal((HttpStatusCode.NotFound, "No Connection with that ID"), (again.StatusCode, await again.Content.ReadAsStringAsync()));
        Assert.Equal(404, await Rest.StatusAsync("HEAD", $"/api/hubs/{_hub}/connections/{peer.Id}?api-version=2022-06-01"));
    }

    [Fact]
    public async Task A_deleted_connection_is_gone_for_the_next_request()
    {
        for (var i = 0; i < 100; i++)
        {
            using var peer = await HttpClientPeer.PollingAsync(gateway, _hub);
            using var deleted = await peer.DeleteAsync();
            using var late = i % 2 == 0 ? await peer.PostAsync("{\"type\":6}\u001e") : await peer.PollAsync();
            Assert.Equal((HttpStatusCode.NotFound, "No Connection with that ID"), (late.StatusCode, await late.Content.ReadAsStringAsync()));
        }
    }

    [Fact]
    public async Task A_closed_connection_gives_its_last_messages_and_then_204()
    {
        using var peer = await HttpClientPeer.PollingAsync(gateway, _hub);
        Assert.Equal(200, await Rest.StatusAsync("DELETE", $"/api/hubs/{_hub}/connections/{peer.Id}?reason=bye&api-version=2022-06-01"));
        Assert.Equal("{\"type\":7,\"error\":\"bye\",\"allowReconnect\":true}\u001e", await peer.PollTextAsync());
        using var last = await peer.PollAsync();
        Assert.Equal(HttpStatusCode.NoContent, last.StatusCode);
    }

    [Fact]
    public async Task A_client_that_no_longer_polls_is_gone()
    {
        var token = GatewayFixture.ClientToken(_hub, claims: [new Claim("asrs.s.ttl", "1")]);
        using var peer = await HttpClientPeer.PollingAsync(gateway, _hub, token);
        await Waits.UntilAsync(async () =>
            await Rest.StatusAsync("HEAD", $"/api/hubs/{_hub}/connections/{peer.Id}?api-version=2022-06-01") == 404, "the client has disconnected");
        using var late = await peer.PollAsync();
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
    }

    [Fact]
    public async Task A_client_that_polls_and_says_nothing_stays()
    {
        var token = GatewayFixture.ClientToken(_hub, claims: [new Claim("asrs.s.ttl", "1")]);
        using var peer = await HttpClientPeer.PollingAsync(gateway, _hub, token);
        var poll = peer.PollTextAsync();
        await Task.WhenAny(poll, Task.Delay(TimeSpan.FromSeconds(3))); // three times the limit
        await Rest.SendMessageAsync($"/api/hubs/{_hub}/:send?api-version=2022-06-01", "hi");
        Assert.Contains("\"hi\"", await poll, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_that_name_no_connection_are_refused_as_in_aspnet_core()
    {
        using var peer = await HttpClientPeer.NegotiateAsync(gateway, _hub);
        var bare = $"/client/?hub={_hub}";
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post, HttpMethod.Delete })
        {
            using var none = await peer.SendAsync(method, bare);
            Assert.Equal((400, "Connection ID required"), ((int)none.StatusCode, await none.Content.ReadAsStringAsync()));
            using var unknown = await peer.SendAsync(method, bare + "&id=unknown");
            Assert.Equal((404, "No Connection with that ID"), ((int)unknown.StatusCode, await unknown.Content.ReadAsStringAsync()));
        }

        using var put = await peer.SendAsync(HttpMethod.Put, bare);
        Assert.Equal(405, (int)put.StatusCode);
    }

    [Fact]
    public async Task A_transport_cannot_change()
    {
        using var peer = await HttpClientPeer.PollingAsync(gateway, _hub);
        using var stream = await peer.SendAsync(HttpMethod.Get, peer.Target, accept: "text/event-stream");
        Assert.Equal((400, "Cannot change transports mid-connection"), ((int)stream.StatusCode, await stream.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Another_users_token_finds_no_connection()
    {
        using var peer = await HttpClientPeer.PollingAsync(gateway, _hub, GatewayFixture.ClientToken(_hub, user: "u1"));
        using var other = await HttpClientPeer.NegotiateAsync(gateway, _hub, GatewayFixture.ClientToken(_hub, user: "u2"));
        using var post = await other.SendAsync(HttpMethod.Post, peer.Target, new ByteArrayContent([]));
        Assert.Equal(404, (int)post.StatusCode);
    }

    [Theory]
    [InlineData(6, "[\"ServerSentEvents\",\"LongPolling\"]", true)]
    [InlineData(1, "[\"WebSockets\"]", false)]
    public async Task A_token_may_allow_some_transports_only(int flags, string offered, bool polls)
    {
        var token = GatewayFixture.ClientToken(_hub, claims: [new Claim("asrs.s.htt", $"{flags}")]);
        using var peer = await HttpClientPeer.NegotiateAsync(gateway, _hub, token);
        using var negotiated = await peer.SendAsync(HttpMethod.Post, $"/client/negotiate?hub={_hub}&negotiateVersion=1");
        using var json = JsonDocument.Parse(await negotiated.Content.ReadAsStringAsync());
        Assert.Equal(offered, JsonSerializer.Serialize(
            json.RootElement.GetProperty("availableTransports").EnumerateArray().Select(each => each.GetProperty("transport").GetString())));
        using var poll = await peer.PollAsync();
        var answer = ((int)poll.StatusCode, await poll.Content.ReadAsStringAsync());
        Assert.Equal(polls ? (200, "") : (404, "LongPolling transport not supported by this end point type"), answer);
        Assert.Equal(!polls, await CanOpenWebSocketAsync(token));
    }

    private async Task<bool> CanOpenWebSocketAsync(string token)
    {
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        using var invoker = new HttpMessageInvoker(MemoryNetwork.CreateHandler());
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        try
        {
            await socket.ConnectAsync(new Uri($"ws://{gateway.Address.Authority}/client/?hub={_hub}"), invoker, Waits.Limited());
            return true;
        }
        catch (System.Net.WebSockets.WebSocketException exception)
        {
            Assert.Contains("404", exception.Message, StringComparison.Ordinal);
            return false;
        }
    }
}
