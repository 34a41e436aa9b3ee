using Serverless.Gateway.Upstream.Templates;


namespace Serverless.Gateway.Tests.Upstream;

/// <summary>Covers the explanation of the template that an event is sent to.</summary>
public class UpstreamExplanationTests
{
    [Fact]
    public void Each_pattern_that_does_not_match_is_named()
    {
        var template = Template("http://h/{event}", hub: "a,b", category: "connections", eventName: "x");
        Assert.Equal(
            "Its HubPattern 'a,b' does not match 'chat', its CategoryPattern 'connections' does not match 'messages', its EventPattern 'x' does not match 'send'.",
            template.WhyNot("chat", "messages", "send"));
        Assert.Equal("Its EventPattern 'x' does not match 'connected'.", template.WhyNot("a", "connections", "connected"));
        Assert.Null(template.WhyNot("b", "connections", "x"));
    }

    [Theory]
    [InlineData("https://h/api/{event}?code=secret&x", "https://h/api/send?code=***&***")]
    [InlineData("https://name:secret@h:1/api/{hub}", "https://h:1/api/chat")]
    [InlineData("https://h", "https://h")]
    [InlineData("https://h/a@b/{event}", "https://h/a@b/send")]
    [InlineData("https://h/{@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s)}/{event}", "https://h/***/send")]
    [InlineData("nonsense {event}", "nonsense send")]
    public void The_url_is_shown_without_what_may_be_secret(string url, string shown) =>
        Assert.Equal(shown, new UpstreamTemplate(new UpstreamTemplateOptions { UrlTemplate = url }, _ => "the secret").DisplayUrl("chat", "messages", "send"));

    [Theory]
    [InlineData("https://h/api/{hub}?code=secret&hub={hub}&{event}&x={event}1", "https://h/api/{hub}?code=***&hub={hub}&{event}&x=***")]
    [InlineData("https://na@me:secret@h/{event}", "https://h/{event}")]
    [InlineData("//name@h", "//h")]
    [InlineData("h?", "h?***")]
    public void So_is_a_template(string url, string shown) => Assert.Equal(shown, ShownUrl.Of(url));

    private static UpstreamTemplate Template(string url, string hub, string category, string eventName) => new(
        new UpstreamTemplateOptions { UrlTemplate = url, HubPattern = hub, CategoryPattern = category, EventPattern = eventName });
}
