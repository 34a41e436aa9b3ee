using System.Text;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Clients;

[Collection(SharedGateway.Name)]
public sealed class ServerSentEventsTests(GatewayFixture gateway)
{
    private readonly string _hub = GatewayFixture.NewHub();

    private RestCaller Rest => new(gateway.Address);

    [Fact]
    public async Task Each_payload_is_an_event_with_crlf_and_the_stream_begins_with_a_comment()
    {
        using var peer = await HttpClientPeer.NegotiateAsync(gateway, _hub);
        using var response = await peer.SendAsync(HttpMethod.Get, peer.Target, accept: "text/event-stream");
        Assert.Equal(
            (200, "text/event-stream", "identity", "no-cache"),
            ((int)response.StatusCode,
            response.Content.Headers.ContentType?.ToString(),
            response.Content.Headers.ContentEncoding.Single(),
            response.Headers.Pragma.ToString()));
        Assert.Equal(
            ("no-cache, no-store, no-transform", "no"),
            (response.Headers.NonValidated["Cache-Control"].ToString(), response.Headers.GetValues("X-Accel-Buffering").Single()));
        await using var body = await response.Content.ReadAsStreamAsync();
        await ReadAsync(body, ":\r\n");
        (await peer.PostAsync(HttpClientPeer.JsonHandshake)).Dispose();
        await ReadAsync(body, "data: {}\u001e\r\n\r\n");

        // A line break between the sender's arguments would end the event's line.
        await Rest.SendMessageAsync($"/api/hubs/{_hub}/:send?api-version=2022-06-01", "hi", "[1,\r2,\n3,\r\n4]");
        await ReadAsync(body, "data: {\"type\":1,\"target\":\"hi\",\"arguments\":[1, 2, 3,  4]}\u001e\r\n\r\n");
        await Rest.StatusAsync("DELETE", $"/api/hubs/{_hub}/connections/{peer.Id}?reason=bye&api-version=2022-06-01");
        await ReadAsync(body, "data: {\"type\":7,\"error\":\"bye\",\"allowReconnect\":true}\u001e\r\n\r\n");
        Assert.Equal(0, await body.ReadAsync(new byte[1], Waits.Limited()));
    }

    [Fact]
    public async Task Messagepack_is_refused_in_the_handshake()
    {
        using var peer = await HttpClientPeer.NegotiateAsync(gateway, _hub);
        using var response = await peer.SendAsync(HttpMethod.Get, peer.Target, accept: "text/event-stream");
        await using var body = await response.Content.ReadAsStreamAsync();
        await ReadAsync(body, ":\r\n");
        (await peer.PostAsync("{\"protocol\":\"messagepack\",\"version\":1}\u001e")).Dispose();
        const string Text = "Cannot use the 'messagepack' protocol on the current transport. The transport does not support 'Binary' transfer format.";
        var whole = await new StreamReader(body).ReadToEndAsync(Waits.Limited());
        Assert.Contains("\"error\":", whole, StringComparison.Ordinal);
        Assert.Contains(Text, whole.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_stream_is_409_and_delete_is_400()
    {
        using var peer = await HttpClientPeer.NegotiateAsync(gateway, _hub);
        using var response = await peer.SendAsync(HttpMethod.Get, peer.Target, accept: "text/event-stream");
        using var second = await peer.SendAsync(HttpMethod.Get, peer.Target, accept: "text/event-stream");
        Assert.Equal((409, ""), ((int)second.StatusCode, await second.Content.ReadAsStringAsync()));
        using var deleted = await peer.DeleteAsync();
        Assert.Equal(
            (400, "Cannot terminate this connection using the DELETE endpoint."),
            ((int)deleted.StatusCode, await deleted.Content.ReadAsStringAsync()));
        using var poll = await peer.PollAsync();
        Assert.Equal((400, "Cannot change transports mid-connection"), ((int)poll.StatusCode, await poll.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task A_client_that_closes_its_stream_has_left()
    {
        using var peer = await HttpClientPeer.NegotiateAsync(gateway, _hub);
        using (var response = await peer.SendAsync(HttpMethod.Get, peer.Target, accept: "text/event-stream"))
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            await ReadAsync(body, ":\r\n");
            (await peer.PostAsync(HttpClientPeer.JsonHandshake)).Dispose();
            await ReadAsync(body, "data: {}\u001e\r\n\r\n");
        }

        await Waits.UntilAsync(async () =>
            await Rest.StatusAsync("HEAD", $"/api/hubs/{_hub}/connections/{peer.Id}?api-version=2022-06-01") == 404, "the client has disconnected");
        using var post = await peer.PostAsync("{\"type\":6}\u001e");
        Assert.Equal(404, (int)post.StatusCode);
    }

    private static async Task ReadAsync(Stream body, string expected)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(expected)];
        await body.ReadExactlyAsync(bytes, Waits.Limited());
        Assert.Equal(expected, Encoding.UTF8.GetString(bytes));
    }
}
