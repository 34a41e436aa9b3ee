using System.Text;
using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>Viewers of bodies do not receive the secrets of the gateway's configuration.</summary>
public sealed class LiveTraceSecretsTests
{
    private const string Old = "old+secondary/key-0123456789-0123456789==";
    private const string New = "new+secondary/key-0123456789-0123456789==";
    private const string Metrics = "metrics+token/0123456789";
    private const string Code = "function-key/0123456789";

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task Configured_secrets_in_arguments_are_stars_and_those_that_replace_them_too(string name)
    {
        var protocol = HubProtocol.Find(name)!;
        var hub = GatewayFixture.NewHub();
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using var gateway = await SettingsGateway.StartAsync(Settings(upstream, Old));
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{hub}}","bodies":true}""");
        await using var peer = await HubPeer.ConnectAsync(gateway.Address, hub, GatewayFixture.ClientToken(hub), protocol, "");
        foreach (var secret in new[] { GatewayFixture.Key, Old, Metrics, Code })
        {
            await CallAsync(peer, protocol, secret);
            await watcher.UntilAsync("MessageReceived", one => Body(one).Contains("call: ***", StringComparison.Ordinal));
            await gateway.Rest().SendMessageAsync($"/api/hubs/{hub}/:send", "m", JsonSerializer.Serialize(new[] { $"sent: {secret}" }));
            await watcher.UntilAsync("MessageAccepted", one => Body(one) == """["sent: ***"]""");
            Assert.DoesNotContain(secret, watcher.Text, StringComparison.Ordinal);
        }

        await gateway.WriteAsync(Settings(upstream, New));
        var path = $"/api/hubs/{hub}/:send";
        await Waits.UntilAsync(
            async () => (await gateway.Rest().SendAsync("POST", path, """{"target":"m"}""", RestCaller.Token(path, New))).Status == 202, "the new key is accepted");
        await gateway.Rest().SendMessageAsync(path, "fresh", JsonSerializer.Serialize(new[] { $"fresh: {New}" }));
        await watcher.UntilAsync("MessageAccepted", one => Body(one) == """["fresh: ***"]""");
    }

    private static Task CallAsync(HubPeer peer, HubProtocol protocol, string secret)
    {
        var argument = $"call: {secret}";
        return peer.SendAsync(protocol.IsBinary
            ? $"950180C0A16D91D9{argument.Length:X2}{Convert.ToHexString(Encoding.UTF8.GetBytes(argument))}"
            : $$"""{"type":1,"target":"m","arguments":["{{argument}}"]}""");
    }

    private static string Body(JsonElement traced) => traced.GetProperty("body").GetProperty("text").GetString()!;

    private static string Settings(UpstreamRecorder upstream, string secondary) => $$"""
        {
          "Gateway": { "AccessKeys": ["{{GatewayFixture.Key}}", "{{secondary}}"], "Metrics": { "Token": "{{Metrics}}" } },
          "UpstreamSettings": { "Templates": [ { "UrlTemplate": "{{upstream.Template}}?code={{Code}}" } ] }
        }
        """;
}
