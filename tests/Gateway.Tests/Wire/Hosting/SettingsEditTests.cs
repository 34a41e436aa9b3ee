using System.Security.Claims;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Hosting;

/// <summary>The log of a running gateway about an edit of <c>settings.json</c>, and about failing calls.</summary>
public sealed class SettingsEditTests
{
    private const string Key = GatewayFixture.Key;

    [Fact]
    public async Task A_typo_in_a_live_edited_settings_file_is_an_error_and_a_good_edit_is_a_line_with_what_changed()
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        var good = Settings($"{upstream.Template}?code=the-first-function-key", "HubPattern", "*");
        await using var gateway = await SettingsGateway.StartAsync(good);
        var hub = GatewayFixture.NewHub();
        await using var peer = await gateway.ConnectAsync(hub, Key);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));

        // The new address does not apply either: an edit takes effect as a whole or not at all.
        await gateway.WriteAsync(Settings("http://127.0.0.1:1/{event}", "HubPatern", "*"));
        await gateway.LoggedAsync(
            "The changed file settings.json is not used; its previous content stays in force: UpstreamSettings:Templates:0:HubPatern is not a configuration key of the gateway; "
            + "did you mean UpstreamSettings:Templates:0:HubPattern?");
        await gateway.LoggedAsync("fail: Serverless.Gateway.Hosting.LiveSettings[9006]");
        Assert.Equal("""{"type":3,"invocationId":"2"}""", await peer.InvokeAsync("x", id: "2"));
        Assert.DoesNotContain("has been read again", gateway.Process.Log, StringComparison.Ordinal);

        await gateway.WriteAsync(Settings($"{upstream.Template}?code=the-second-function-key", "HubPattern", $"{hub},other"));
        await gateway.LoggedAsync(
            $"settings.json has been read again. Changed: UpstreamSettings:Templates:0:HubPattern is '{hub},other', it was '*'; "
            + $"UpstreamSettings:Templates:0:UrlTemplate has another value: '{upstream.Template}?code=***'.");
        Assert.Equal("""{"type":3,"invocationId":"3"}""", await peer.InvokeAsync("x", id: "3"));
        Assert.DoesNotContain("function-key", gateway.Process.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KeepAlive", "10", "Gateway:Clients:KeepAlive is '10', which means 10 days.")]
    [InlineData("KeepAlive", "00:00:00.1", "Gateway:Clients:KeepAlive is out of range.")]
    public async Task An_edit_with_a_wrong_value_is_refused_as_at_start_also_where_the_key_counts_from_the_next_start_on(string name, string value, string text)
    {
        await using var gateway = await SettingsGateway.StartAsync($$"""{ "Gateway": { "AccessKeys": ["{{Key}}"] } }""");
        await gateway.WriteAsync($$"""{ "Gateway": { "AccessKeys": ["{{Key}}"], "Clients": { "{{name}}": "{{value}}" } } }""");
        await gateway.LoggedAsync($"The changed file settings.json is not used; its previous content stays in force: {text}");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    public async Task A_call_that_the_upstream_refuses_is_logged_with_its_method_and_template_and_the_client_gets_the_service_s_text(int status)
    {
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using var gateway = await SettingsGateway.StartAsync(Settings($"{upstream.Template}?code=the-function-key", "HubPattern", "*"));
        var hub = GatewayFixture.NewHub();
        upstream.Hub(hub).Answer = (request, context) =>
        {
            context.Response.StatusCode = request.Event == "No such method" ? status : 200;
            return Task.CompletedTask;
        };
        await using var peer = await gateway.ConnectAsync(hub, Key);

        Assert.Equal($$"""{"type":3,"invocationId":"1","error":"Invocation failed, status code {{status}}"}""", await peer.InvokeAsync("No such method"));
        await gateway.LoggedAsync(
            $"The upstream of hub {hub} answered {status} to messages/No such method (template 0: {upstream.Template}?code=***).");

        // Negotiate may allow a client detailed errors.
        var token = GatewayFixture.ClientToken(hub, claims: [new Claim("asrs.s.derror", "True")]);
        await using var trusted = await HubPeer.ConnectAsync(gateway.Address, hub, token, HubProtocol.Json);
        Assert.Equal(
            $$"""{"type":3,"invocationId":"2","error":"Invocation failed, status code {{status}} (method 'No such method', template 0: {{upstream.Template}}?code=***)"}""",
            (await trusted.InvokeAsync("No such method", id: "2")).Replace("\\u0027", "'", StringComparison.Ordinal));
    }

    private static string Settings(string url, string pattern, string value) =>
        $$"""{ "Gateway": { "AccessKeys": ["{{Key}}"] }, "UpstreamSettings": { "Templates": [ { "UrlTemplate": "{{url}}", "{{pattern}}": "{{value}}" } ] } }""";
}
