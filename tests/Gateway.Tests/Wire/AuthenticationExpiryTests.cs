using System.Security.Claims;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire;

/// <summary>Open connections and the end of their tokens.</summary>
[Collection(SharedGateway.Name)]
public sealed class AuthenticationExpiryTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_client_whose_token_asks_for_it_is_closed_when_the_token_expires_and_others_stay()
    {
        var hub = GatewayFixture.NewHub();
        var stays = GatewayFixture.ClientToken(hub, lifetime: TimeSpan.FromSeconds(3));
        var leaves = GatewayFixture.ClientToken(hub, claims: [new Claim("asrs.s.coae", "true")], lifetime: TimeSpan.FromSeconds(3));
        await using var staying = await HubPeer.ConnectAsync(gateway.Address, hub, stays, HubProtocol.Json);
        await using var leaving = await HubPeer.ConnectAsync(gateway.Address, hub, leaves, HubProtocol.Json);
        Assert.Equal(
            """{"type":7,"error":"The connection's authentication has expired. Connect again with a new access token.","allowReconnect":true}""",
            await leaving.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await staying.InvokeAsync("x"));
    }
}
