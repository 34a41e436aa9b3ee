using Serverless.Gateway.Hosting;

namespace Serverless.Gateway.Tests.Hosting;

public class SettingsChangeTests
{
    [Theory]
    [InlineData("UpstreamSettings:Templates:0:HubPattern", "chat", "board", "UpstreamSettings:Templates:0:HubPattern is 'board', it was 'chat'")]
    [InlineData("UpstreamSettings:Templates:1:HubPattern", null, "board", "UpstreamSettings:Templates:1:HubPattern is new: 'board'")]
    [InlineData("UpstreamSettings:Templates:1:HubPattern", "board", null, "UpstreamSettings:Templates:1:HubPattern was removed, it was 'board'")]
    [InlineData("UpstreamSettings:Templates:0:UrlTemplate", "http://h/{hub}?code=first", "http://h/{event}?code=second",
        "UpstreamSettings:Templates:0:UrlTemplate is 'http://h/{event}?code=***', it was 'http://h/{hub}?code=***'")]
    [InlineData("UpstreamSettings:Templates:0:UrlTemplate", "http://h/{hub}?code=first", "http://h/{hub}?code=second",
        "UpstreamSettings:Templates:0:UrlTemplate has another value: 'http://h/{hub}?code=***'")]
    [InlineData("Gateway:AccessKeys:0", "first", "second", "Gateway:AccessKeys:0 has another value: ***")]
    [InlineData("Gateway:Clients:KeepAlive", "00:00:15", "00:00:10", "Gateway:Clients:KeepAlive is '00:00:10', it was '00:00:15' (takes effect at the next start)")]
    [InlineData("Gateway:Redis", "a,password=first", "b,password=second", "Gateway:Redis has another value: *** (takes effect at the next start)")]
    [InlineData("Gateway:Tables", null, "AccountKey=secret", "Gateway:Tables is new: *** (takes effect at the next start)")]
    [InlineData("Logging:LogLevel:Default", "Warning", "Debug", "Logging:LogLevel:Default is 'Debug', it was 'Warning'")]
    [InlineData("Kestrel:Certificates:Default:Password", "first", "second", "Kestrel:Certificates:Default:Password has another value: ***")]
    public void A_change_is_described_without_secrets(string key, string? before, string? after, string text) =>
        Assert.Equal(text, SettingsChange.Describe(Settings(key, before), Settings(key, after)));

    [Fact]
    public void What_has_not_changed_is_not_named() => Assert.Equal("", SettingsChange.Describe(
        new Dictionary<string, string?> { ["A:B"] = "1", ["A"] = null }, new Dictionary<string, string?> { ["A"] = null, ["A:B"] = "1" }));

    [Fact]
    public void A_long_list_is_cut() => Assert.EndsWith("; and 5 more", SettingsChange.Describe(
        new Dictionary<string, string?>(), Enumerable.Range(0, 25).ToDictionary(i => $"X:{i}", _ => (string?)"v")), StringComparison.Ordinal);

    private static Dictionary<string, string?> Settings(string key, string? value) =>
        value is null ? [] : new(StringComparer.OrdinalIgnoreCase) { [key] = value };
}
