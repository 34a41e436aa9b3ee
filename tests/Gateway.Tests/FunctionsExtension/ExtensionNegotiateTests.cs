using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.FunctionsExtension;

/// <summary>The client tokens of the negotiate binding, as recorded for docs/contract/tokens.md#negotiation.</summary>
public sealed class ExtensionNegotiateTests(ExtensionGateway gateway) : IClassFixture<ExtensionGateway>
{
    [Theory]
    [InlineData("chathub", "{}", null)]
    [InlineData("chathub", """{"asrs.s.uid":"u1","asrs.s.dc":"true","asrs.s.derror":"True","asrs.s.coae":"true","asrs.s.aeo":{exp},"role":"admin","asrs.u.aud":"x"}""", "u1")]
    [InlineData("myapp_chathub", """{"asrs.s.uid":"u1"}""", "u1")]
    // Other claims that name the user, and their order (docs/contract/tokens.md#user-id).
    [InlineData("namehub", """{"nameid":"u1"}""", "u1")]
    [InlineData("subhub", """{"sub":"u1"}""", "u1")]
    [InlineData("urihub", """{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier":"u1"}""", "u1")]
    [InlineData("bothhub", """{"nameid":"u2","asrs.s.uid":"u1"}""", "u1")]
    public async Task A_recorded_client_token_lets_its_client_in(string hub, string claims, string? user)
    {
        var expiry = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();
        var token = SdkRequest.Token(
            claims.Replace("{exp}", $"\"{expiry}\"", StringComparison.Ordinal), $"http://127.0.0.1/client/?hub={hub}", GatewayFixture.Key);
        var functions = gateway.Extension.Hub(hub).On("connections", "connected").On("connections", "disconnected");
        var peer = await HubPeer.ConnectAsync(gateway.Address, hub, token, HubProtocol.Json);
        var call = await functions.NextAsync("connected");
        Assert.Equal((user, 200), (call.UserId, call.Answer.Status));
        if (claims.Contains("role", StringComparison.Ordinal))
        {
            Assert.Equal(("admin", "x"), (call.Claims["role"], call.Claims["aud"])); // asrs.u. is removed
        }

        await peer.CloseAsync();
        await functions.NextAsync("disconnected");
    }

    [Theory]
    [InlineData("http://127.0.0.1/client/?hub=audhub")]
    [InlineData("http://127.0.0.1:{port}/client/?hub=audhub")]
    [InlineData("http://127.0.0.1/client?hub=audhub")]
    [InlineData("http://127.0.0.1/client/?hub=AUDHUB")]
    public async Task Every_form_of_a_client_audience_counts(string audience)
    {
        var token = SdkRequest.Token(
            "{}", audience.Replace("{port}", $"{gateway.Address.Port}", StringComparison.Ordinal), GatewayFixture.Key);
        await using var peer = await HubPeer.ConnectAsync(gateway.Address, "audhub", token, HubProtocol.Json);
    }

    [Fact]
    public async Task A_server_connection_is_refused_as_there_is_no_default_mode()
    {
        var token = SdkRequest.Token("""{"nameid":"vm_88bf6d0c766d4132b010a04ffda50aa5"}""", "http://127.0.0.1/server/?hub=chathub", GatewayFixture.Key);
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(
            $"GET /server/?hub=chathub&cid=177d6cca-397d-4bce-b433-5fce5c31c3ed HTTP/1.1\r\nAuthorization: Bearer {token}\r\nHost: {gateway.Address.Authority}\r\n"
            + $"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {HubPeer.HandshakeKey}\r\n\r\n");
        Assert.Equal(404, (await connection.ReadResponseAsync()).Status);
    }
}
