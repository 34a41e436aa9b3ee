using Microsoft.Extensions.Options;
using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Tests.Upstream;

/// <summary>Covers docs/contract/upstream-requests.md#templates: patterns, placeholders, order and reloading.</summary>
public class UpstreamTemplateTests
{
    [Theory]
    [InlineData("*", "chat", true)]
    [InlineData("chat", "chat", true)]
    [InlineData("Chat", "chat", false)]
    [InlineData("a, chat ,c", "chat", true)]
    [InlineData("a,b", "chat", false)]
    [InlineData("a,*", "chat", true)]
    [InlineData("chat*", "chat", false)]
    [InlineData("chat*", "chat*", true)]
    [InlineData("", "chat", false)]
    [InlineData(",", "", false)]
    [InlineData("", "", false)]
    [InlineData("*", "", true)]
    [InlineData(null, "chat", false)]
    public void A_pattern_is_a_star_or_names(string? pattern, string name, bool matches)
    {
        Assert.Equal(matches, Template(hub: pattern).Matches(name, "messages", "x"));
        Assert.Equal(matches, Template(category: pattern).Matches("x", name, "x"));
        Assert.Equal(matches, Template(eventName: pattern).Matches("x", "messages", name));
    }

    [Theory]
    [InlineData("https://h/{hub}/api/{category}/{event}", "a/b", "https://h/chat/api/messages/a%2Fb")]
    [InlineData("http://h/x?e={event}&h={hub}&e2={event}", "a&b=c", "http://h/x?e=a%26b%3Dc&h=chat&e2=a%26b%3Dc")]
    [InlineData("http://h/{Hub}/{x}/{}", "e", "http://h/{Hub}/{x}/{}")]
    [InlineData("http://h/{event}", "{hub}", "http://h/%7Bhub%7D")]
    [InlineData("http://h/{event}", "ü 😀", "http://h/%C3%BC%20%F0%9F%98%80")]
    [InlineData("http://h/{event}", "..", "http://h/%2E%2E")]
    [InlineData("http://h/{event}", ".", "http://h/%2E")]
    [InlineData("http://h/{event}/x", "", "http://h//x")]
    [InlineData("http://h/runtime/webhooks/signalr?code=a%2Bb", "e", "http://h/runtime/webhooks/signalr?code=a%2Bb")]
    [InlineData("http://h/{{event}}", "e", "http://h/{e}")]
    public void Placeholders_are_replaced_by_percent_encoded_names(string template, string eventName, string url) =>
        Assert.Equal(url, UpstreamTemplate.Expand(template, "chat", "messages", eventName));

    [Theory]
    [InlineData("http://h/a/{event}", "..", "/a/%2E%2E")]
    [InlineData("http://h/a/{event}/b", "...", "/a/%2E%2E%2E/b")]
    [InlineData("http://h/a/{event}", "../x", "/a/..%2Fx")]
    [InlineData("http://h/a/{event}", "%2e%2e", "/a/%252e%252e")]
    public void An_event_stays_one_segment_of_the_url(string template, string eventName, string path) =>
        Assert.Equal(path, Template(template).UrlFor("chat", "messages", eventName)!.AbsolutePath);

    [Fact]
    public void A_name_that_makes_no_url_gives_none() =>
        Assert.Null(Template("http://{event}:80/").UrlFor("chat", "messages", ""));

    [Fact]
    public void The_first_template_whose_patterns_all_match_wins()
    {
        var routes = new UpstreamRoutes(new ReloadableSettings(
            Options("http://first/", hub: "other"),
            Options("http://second/{event}", category: "messages", eventName: "a,b"),
            Options("http://third/{event}")));
        Assert.Equal((1, "http://second/a"), Find("chat", "messages", "a"));
        Assert.Equal((2, "http://third/c"), Find("chat", "messages", "c"));
        Assert.Equal((2, "http://third/a"), Find("chat", "connections", "a"));
        Assert.Equal((0, "http://first/"), Find("other", "messages", "a"));

        (int, string?) Find(string hub, string category, string name)
        {
            var route = routes.Find(hub, category, name);
            Assert.Equal(route, routes.Find(hub, category, name)); // from the cache
            return (route.Template, route.Url?.ToString());
        }
    }

    [Fact]
    public void No_template_no_route()
    {
        using var routes = new UpstreamRoutes(new ReloadableSettings());
        Assert.Equal(new UpstreamRoute(-1, null), routes.Find("chat", "messages", "x"));
    }

    [Fact]
    public void Changed_templates_take_effect_for_what_was_remembered_too()
    {
        var settings = new ReloadableSettings(Options("http://old/"));
        using var routes = new UpstreamRoutes(settings);
        Assert.Equal("http://old/", routes.Find("chat", "messages", "x").Url!.ToString());
        settings.Change(Options("http://new/"));
        Assert.Equal("http://new/", routes.Find("chat", "messages", "x").Url!.ToString());
        settings.Change();
        Assert.Null(routes.Find("chat", "messages", "x").Url);
    }

    [Fact]
    public void Invented_targets_are_answered_rightly_beyond_what_is_remembered()
    {
        using var routes = new UpstreamRoutes(new ReloadableSettings(Options("http://h/{event}")));
        for (var i = 0; i < 10_000; i++)
        {
            Assert.Equal($"/t{i}", routes.Find("chat", "messages", $"t{i}").Url!.AbsolutePath);
        }

        var huge = new string('x', 10_000);
        Assert.Equal("/" + huge, routes.Find("chat", "messages", huge).Url!.AbsolutePath);
    }

    private static UpstreamTemplateOptions Options(string url, string? hub = "*", string? category = "*", string? eventName = "*") =>
        new() { UrlTemplate = url, HubPattern = hub, CategoryPattern = category, EventPattern = eventName };

    private static UpstreamTemplate Template(string url = "http://h/", string? hub = "*", string? category = "*", string? eventName = "*") =>
        new(Options(url, hub, category, eventName));

    /// <summary>Provides settings that a test changes as a changed file does.</summary>
    private sealed class ReloadableSettings(params UpstreamTemplateOptions[] templates) : IOptionsMonitor<UpstreamSettings>
    {
        private Action<UpstreamSettings, string?>? _listener;

        public UpstreamSettings CurrentValue { get; private set; } = Make(templates);

        public UpstreamSettings Get(string? name) => CurrentValue;

        public IDisposable? OnChange(Action<UpstreamSettings, string?> listener)
        {
            _listener = listener;
            return null;
        }

        public void Change(params UpstreamTemplateOptions[] changed)
        {
            CurrentValue = Make(changed);
            _listener?.Invoke(CurrentValue, null);
        }

        private static UpstreamSettings Make(UpstreamTemplateOptions[] templates)
        {
            var settings = new UpstreamSettings();
            foreach (var template in templates)
            {
                settings.Templates.Add(template);
            }

            return settings;
        }
    }
}
