using System.Security.Claims;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.InMemory;

/// <summary>What the gateway does when time passes, with the default settings and a clock that moves minutes in a moment.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private const string Hub = "clock";

    private readonly FakeTime _time = new();
    private MemoryGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await MemoryGateway.StartAsync(
        [new("Gateway__AccessKeys__0", GatewayFixture.Key)], _time);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_client_is_pinged_every_15_seconds_and_a_silent_one_is_closed_after_30()
    {
        await using var silent = await ConnectAsync();
        await using var alive = await ConnectAsync();
        await silent.SendAsync("""{"type":6}""");
        await alive.SendAsync("""{"type":6}""");
        await HeardAsync(silent);
        await HeardAsync(alive);
        for (var seconds = 1; seconds <= 15; seconds++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("""{"type":6}""", await silent.NextAsync(withPings: true));
        await alive.SendAsync("""{"type":6}""");
        await HeardAsync(alive);
        for (var seconds = 16; seconds <= 31; seconds++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.StartsWith("""{"type":7,"error":""", await silent.NextAsync(), StringComparison.Ordinal);
        await RestAsync("""{"target":"still","arguments":[]}""");
        Assert.Equal("""{"type":1,"target":"still","arguments":[]}""", await alive.NextAsync());
    }

    [Fact]
    public async Task A_client_without_a_handshake_is_closed_after_15_seconds()
    {
        await using var peer = await HubPeer.OpenAsync(_gateway.Address, Hub, Token(), HubProtocol.Json);
        for (var seconds = 1; seconds <= 16; seconds++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("""{"error":"Handshake was canceled."}""", await peer.NextHandshakeAsync());
    }

    [Fact]
    public async Task A_client_whose_token_asks_for_it_is_closed_when_the_token_expires_and_others_stay()
    {
        await using var staying = await ConnectAsync(lifetime: TimeSpan.FromMinutes(1));
        await using var leaving = await ConnectAsync([new Claim("asrs.s.coae", "true")], TimeSpan.FromMinutes(1));
        for (var seconds = 1; seconds <= 61; seconds++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(
            """{"type":7,"error":"The connection's authentication has expired. Connect again with a new access token.","allowReconnect":true}""",
            await leaving.NextAsync());
        await RestAsync("""{"target":"still","arguments":[]}""");
        Assert.Equal("""{"type":1,"target":"still","arguments":[]}""", await staying.NextAsync());
    }

    private string Token(IEnumerable<Claim>? claims = null, TimeSpan? lifetime = null) => AccessTokens.Create(
        GatewayFixture.Key, $"http://127.0.0.1/client/?hub={Hub}", _time.GetUtcNow(), lifetime ?? TimeSpan.FromHours(1), null, claims);

    private Task<HubPeer> ConnectAsync(IEnumerable<Claim>? claims = null, TimeSpan? lifetime = null) =>
        HubPeer.ConnectAsync(_gateway.Address, Hub, Token(claims, lifetime), HubProtocol.Json);

    private async Task RestAsync(string body)
    {
        var path = $"/api/v1/hubs/{Hub}";
        var token = AccessTokens.Create(GatewayFixture.Key, $"http://127.0.0.1{path}", _time.GetUtcNow(), TimeSpan.FromHours(1));
        Assert.Equal(202, (await new RestCaller(_gateway.Address).SendAsync("POST", path, body, token)).Status);
    }

    // Frames are read in order: what was sent before the WebSocket ping has been taken when its pong comes.
    private static async Task HeardAsync(HubPeer peer)
    {
        await peer.SendFrameAsync(WebSocketOpcode.Ping, "x"u8);
        Assert.Equal("pong:x", await peer.NextAsync());
    }
}
