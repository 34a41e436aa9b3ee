using System.Text;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Management;

/// <summary>A body over the limit is the sender's fault: each test's gateway must exit without an error in its log.</summary>
public sealed class BodyLimitTests : IAsyncLifetime
{
    private const int Times = 10;

    // More than the limit, and than the buffers of a socket.
    private static readonly string Large = new('x', 4 * 1024 * 1024);

    private readonly GatewayFixture _gateway = new();

    public Task InitializeAsync() => _gateway.InitializeAsync();

    public Task DisposeAsync() => _gateway.DisposeAsync();

    [Fact]
    public async Task A_post_of_a_polling_client_over_the_limit_is_no_error_of_the_server()
    {
        for (var i = 0; i < Times; i++)
        {
            var hub = GatewayFixture.NewHub();
            using var peer = await HttpClientPeer.PollingAsync(_gateway, hub);
            var poll = peer.PollTextAsync();
            await TryPostAsync(peer);
            Assert.Contains("The limit is set by", await poll, StringComparison.Ordinal);
            Assert.Equal(204, (int)(await peer.PollAsync()).StatusCode);
        }
    }

    [Fact]
    public async Task A_post_of_a_client_of_server_sent_events_over_the_limit_is_no_error_of_the_server()
    {
        for (var i = 0; i < Times; i++)
        {
            var hub = GatewayFixture.NewHub();
            using var peer = await HttpClientPeer.NegotiateAsync(_gateway, hub);
            using var stream = await peer.SendAsync(HttpMethod.Get, peer.Target, accept: "text/event-stream");
            (await peer.PostAsync(HttpClientPeer.JsonHandshake)).Dispose();
            var events = stream.Content.ReadAsStringAsync();
            await TryPostAsync(peer);
            Assert.Contains("The limit is set by", await events, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_body_of_a_send_over_the_limit_is_no_error_of_the_server()
    {
        var path = $"/api/hubs/{GatewayFixture.NewHub()}/:send";
        for (var i = 0; i < Times; i++)
        {
            await using var raw = await RawConnection.OpenAsync(_gateway.Address);
            await raw.WriteAsync($"POST {path} HTTP/1.1\r\nHost: {_gateway.Address.Authority}\r\nAuthorization: Bearer {RestCaller.Token(path)}\r\n"
                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + $"{Large.Length:X}\r\n{Large}");
            Assert.StartsWith("HTTP/1.1 413 ", await raw.ReadHeadAsync(), StringComparison.Ordinal);
        }
    }

    // The server may close before it has read everything.
    private static async Task TryPostAsync(HttpClientPeer peer)
    {
        try
        {
            using var response = await peer.SendAsync(HttpMethod.Post, peer.Target, new ByteArrayContent(Encoding.UTF8.GetBytes(Large)));
            Assert.True((int)response.StatusCode is 200 or 404, $"{response.StatusCode}");
        }
        catch (HttpRequestException)
        {
        }
    }
}
