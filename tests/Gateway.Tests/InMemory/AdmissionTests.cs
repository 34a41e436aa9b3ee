using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.InMemory;

/// <summary>A node with room for one client beside the viewer. A WebSocket is checked by the front, and again by HTTP, which writes the refusal.</summary>
public sealed class AdmissionTests : IAsyncLifetime
{
    private const string Hub = "full";

    private MemoryGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await MemoryGateway.StartAsync(
        [new("Gateway__AccessKeys__0", GatewayFixture.Key), new("Gateway__Clients__MaxConnections", "2")]);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_refused_web_socket_is_reported_once_and_there_is_room_again_when_the_other_client_has_left()
    {
        await using var watcher = await Watcher.StartAsync(_gateway.Address, $$"""{"hub":"{{Hub}}"}""");
        await using (await ConnectAsync())
        {
            await using var refused = await RawConnection.OpenAsync(_gateway.Address);
            await refused.WriteAsync(HubPeer.UpgradeRequest(_gateway.Address, Hub, GatewayFixture.ClientToken(Hub)));
            Assert.Equal(429, (await refused.ReadResponseAsync()).Status);
            await new RestCaller(_gateway.Address).SendMessageAsync($"/api/v1/hubs/{Hub}", "later");
            await watcher.UntilAsync("FanOut");
        }

        Assert.Single(watcher.Seen, static one => one.GetProperty("event").GetString() == "ConnectionRefused");
        await Waits.UntilAsync(
            async () =>
            {
                await using var next = await RawConnection.OpenAsync(_gateway.Address);
                await next.WriteAsync(HubPeer.UpgradeRequest(_gateway.Address, Hub, GatewayFixture.ClientToken(Hub)));
                return (await next.ReadHeadAsync()).StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal);
            },
            "a client is accepted again");
    }

    private Task<HubPeer> ConnectAsync() => HubPeer.ConnectAsync(_gateway.Address, Hub, GatewayFixture.ClientToken(Hub), HubProtocol.Json);
}
