using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Hosting;

/// <summary>Access keys are replaced while the gateway runs, and an invalid edit of the settings file has no effect.</summary>
public sealed class KeyRotationTests
{
    private const string Old = "old-secondary-key-0123456789-0123456789";
    private const string New = "new-secondary-key-0123456789-0123456789";

    [Fact]
    public async Task A_rotated_secondary_key_counts_at_once_and_open_connections_stay()
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using var gateway = await SettingsGateway.StartAsync(Settings(upstream, GatewayFixture.Key, Old));
        var hub = GatewayFixture.NewHub();
        var path = $"/api/hubs/{hub}/:send";
        await using var peer = await gateway.ConnectAsync(hub, Old);
        var connected = await upstream.Hub(hub).NextAsync("connected");
        Assert.Equal(UpstreamSignature.Compute(connected.ConnectionId, [GatewayFixture.Key, Old]), connected.Header("X-ASRS-Signature"));
        Assert.Equal(202, await SendAsync(gateway, path, Old));
        Assert.StartsWith("""{"type":1,"target":"m",""", await peer.NextAsync(), StringComparison.Ordinal);

        await gateway.WriteAsync(Settings(upstream, GatewayFixture.Key, New));
        await Waits.UntilAsync(async () => await SendAsync(gateway, path, Old) == 401, "the old key's tokens are refused");
        await using (var refused = await RawConnection.OpenAsync(gateway.Address))
        {
            await refused.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, hub, GatewayFixture.ClientToken(hub, key: Old)));
            Assert.StartsWith("HTTP/1.1 401 ", await refused.ReadHeadAsync(), StringComparison.Ordinal);
        }

        // The connection of the old key is still served, and its upstream requests are signed with the new key.
        Assert.Equal("""{"type":3,"invocationId":"9"}""", await InvokePastSendsAsync(peer));
        var message = await upstream.Hub(hub).NextAsync("x");
        Assert.Equal(UpstreamSignature.Compute(connected.ConnectionId, [GatewayFixture.Key, New]), message.Header("X-ASRS-Signature"));
        Assert.Equal(202, await SendAsync(gateway, path, New));
        Assert.Equal(202, await SendAsync(gateway, path, GatewayFixture.Key));
        await using var fresh = await gateway.ConnectAsync(hub, New);
    }

    [Theory]
    [InlineData("\"short\"", "Gateway:AccessKeys:0 is shorter than 32 bytes")]
    [InlineData("", "Gateway:AccessKeys:0 is missing")]
    public async Task Keys_that_are_no_good_are_logged_and_the_old_ones_stay(string keys, string error)
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using var gateway = await SettingsGateway.StartAsync(Settings(upstream, GatewayFixture.Key, Old));
        await gateway.WriteAsync($$"""{ "Gateway": { "AccessKeys": [{{keys}}] } }""");
        await gateway.LoggedAsync(error);
        Assert.Equal(202, await SendAsync(gateway, "/api/hubs/chat/:send", Old));

        // The next valid edit takes effect.
        await gateway.WriteAsync(Settings(upstream, GatewayFixture.Key, New));
        await Waits.UntilAsync(async () => await SendAsync(gateway, "/api/hubs/chat/:send", New) == 202, "the new key is accepted");
    }

    [Fact]
    public async Task A_file_that_is_no_json_is_logged_and_what_it_said_before_stays()
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using var gateway = await SettingsGateway.StartAsync(Settings(upstream, GatewayFixture.Key, Old));
        var hub = GatewayFixture.NewHub();
        await gateway.WriteAsync("""{"UpstreamSettings":{"Templates":[{""");
        await gateway.LoggedAsync("settings.json is not valid JSON");
        await using var peer = await gateway.ConnectAsync(hub, Old);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
    }

    [Fact]
    public async Task A_template_that_is_no_address_is_logged_and_the_old_one_stays()
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using var gateway = await SettingsGateway.StartAsync(Settings(upstream, GatewayFixture.Key, Old));
        var hub = GatewayFixture.NewHub();
        await gateway.WriteAsync(Settings(upstream, GatewayFixture.Key, Old).Replace(upstream.Template, "nowhere", StringComparison.Ordinal));
        await gateway.LoggedAsync("UpstreamSettings:Templates:0:UrlTemplate is 'nowhere'");
        await using var peer = await gateway.ConnectAsync(hub, Old);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
    }

    private static string Settings(UpstreamRecorder upstream, string primary, string secondary) => $$"""
        {
          "Gateway": { "AccessKeys": ["{{primary}}", "{{secondary}}"] },
          "UpstreamSettings": { "Templates": [ { "UrlTemplate": "{{upstream.Template}}" } ] }
        }
        """;

    private static async Task<int> SendAsync(SettingsGateway gateway, string path, string key) =>
        (await gateway.Rest().SendAsync("POST", path, """{"target":"m"}""", RestCaller.Token(path, key))).Status;

    private static async Task<string> InvokePastSendsAsync(HubPeer peer)
    {
        var answer = await peer.InvokeAsync("x", id: "9");
        while (answer.StartsWith("""{"type":1,""", StringComparison.Ordinal))
        {
            answer = await peer.NextAsync();
        }

        return answer;
    }
}
