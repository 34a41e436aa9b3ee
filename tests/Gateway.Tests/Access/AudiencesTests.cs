using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Tests.Access;

/// <summary>
/// Tests every form of audience in docs/contract/tokens.md#client-audience and docs/contract/tokens.md#rest-token, and similar ones.
/// </summary>
public class AudiencesTests
{
    [Theory]
    [InlineData("http://localhost/client/?hub=chat", true)]
    [InlineData("http://localhost:8888/client/?hub=chat", true)]
    [InlineData("http://localhost/client?hub=chat", true)]
    [InlineData("https://localhost/client/?hub=chat", true)] // TLS may end before the gateway
    [InlineData("http://LOCALHOST/client/?hub=Chat", true)]
    [InlineData("http://localhost/client/?HUB=chat", true)]
    [InlineData("http://localhost/client/?hub=chat2", false)]
    [InlineData("http://localhost/client/?hub=", false)]
    [InlineData("http://localhost/client/", false)]
    [InlineData("http://localhost/client/?x=1&hub=chat", false)]
    [InlineData("http://localhost/x/../client/?hub=chat", false)]
    [InlineData("http://localhost/client/%2e?hub=chat", false)]
    [InlineData("http://localhost//client/?hub=chat", false)]
    [InlineData("http://localhost\\client/?hub=chat", false)]
    [InlineData("http://localhost/Client/?hub=chat", false)]
    [InlineData("http://localhost/clients/?hub=chat", false)]
    [InlineData("http://localhost/server/?hub=chat", false)]
    [InlineData("http://localhost/api/hubs/chat", false)]
    [InlineData("http://example.com/client/?hub=chat", false)]
    [InlineData("http://localhost.example.com/client/?hub=chat", false)]
    [InlineData("http://localhost@example.com/client/?hub=chat", false)]
    [InlineData("ftp://localhost/client/?hub=chat", false)]
    [InlineData("localhost/client/?hub=chat", false)]
    [InlineData("/client/?hub=chat", false)]
    [InlineData("chat", false)]
    [InlineData("", false)]
    public void A_clients_token_names_host_and_hub(string audience, bool accepted)
    {
        Assert.True(HubName.TryParseJoined("chat", out var hub));
        Assert.Equal(accepted, Create().IsForClient(audience, At("localhost"), hub));
    }

    [Fact]
    public void A_hub_with_an_application_is_named_joined()
    {
        Assert.True(HubName.TryParse("chat", "MyApp", out var hub));
        Assert.True(Create().IsForClient("http://localhost/client/?hub=myapp_chat", At("localhost"), hub));
        Assert.False(Create().IsForClient("http://localhost/client/?hub=chat", At("localhost"), hub));
    }

    private const string Send = "/api/hubs/chat/:send";

    [Theory]
    [InlineData("http://localhost/api/hubs/chat/:send", Send, true)]
    [InlineData("http://localhost:8888/api/hubs/chat/:send", Send, true)]
    [InlineData("http://localhost/api/hubs/chat/:send/", Send, true)]
    [InlineData("http://localhost/api/hubs/chat/:send?api-version=2022-06-01", Send, true)]
    [InlineData("http://localhost/api/hubs/chat/:send?application=app&api-version=2022-06-01", Send, false)]
    [InlineData("http://localhost/api/hubs/chat/:send?application=&api-version=2022-06-01", Send, true)]
    [InlineData("https://LocalHost/api/hubs/chat/%3Asend", Send, true)]
    [InlineData("http://localhost/api/hubs/chat/users/u%20%C3%BC%2F1/:send", "/api/hubs/chat/users/u%20%c3%bc%2f1/:send", true)]
    [InlineData("http://localhost/api/hubs/chat/users/a/b/:send", "/api/hubs/chat/users/a%2Fb/:send", false)]
    [InlineData("http://localhost/api/hubs/chat/users/a%2Fb/:send", "/api/hubs/chat/users/a/b/:send", false)]
    [InlineData("http://localhost/api/hubs/chat/users/../:send", "/api/hubs/chat/:send", false)]
    [InlineData("http://localhost/api/hubs/chat/users/%2E%2E/:send", "/api/hubs/chat/users/%2E%2E/:send", false)]
    [InlineData("http://localhost/api/hubs/chat/users/%2E%2E/:send", "/api/hubs/chat/:send", false)]
    [InlineData("http://localhost/admin/../api/hubs/chat/:send", "/api/hubs/chat/:send", false)]
    [InlineData("http://localhost/api/hubs/chat/users/a%252Fb/:send", "/api/hubs/chat/users/a%2Fb/:send", false)]
    [InlineData("http://localhost/api/hubs/chat/:send", "/api/hubs/chat/users/u1/:send", false)]
    [InlineData("http://localhost:8888/admin", "/admin/usage", true)] // all of the admin API
    [InlineData("http://localhost/admin/", "/admin/dead-letters/1/:replay", true)]
    [InlineData("http://localhost/admin", "/api/hubs/chat/:send", false)]
    [InlineData("http://localhost/admin", "/administration", false)]
    [InlineData("http://localhost/admin/usage", "/admin/dead-letters", false)]
    [InlineData("http://localhost/api/hubs/chat", Send, false)]
    [InlineData("http://localhost/api/v1/hubs/chat", "/api/v1/hubs/chat", true)]
    [InlineData("http://localhost/api/v1/hubs/chat", "/api/v1/hubs/chat/users/u1", true)]
    [InlineData("http://localhost/api/v1/hubs/chat/users/u1", "/api/v1/hubs/chat/users/u1", true)]
    [InlineData("http://localhost/api/v1/hubs/chat", "/api/v1/hubs/chat2/users/u1", false)]
    [InlineData("http://localhost/api/v1/hubs/chat", Send, false)]
    [InlineData("http://localhost/api/v1/hubs/", "/api/v1/hubs/chat", false)]
    [InlineData("http://localhost/api/v1/hubs/chat/users", "/api/v1/hubs/chat/users/u1", false)]
    [InlineData("http://localhost/", Send, false)]
    [InlineData("http://localhost", Send, false)]
    [InlineData("http://example.com/api/hubs/chat/:send", Send, false)]
    [InlineData("http://localhost/client/?hub=chat", Send, false)]
    [InlineData("/api/hubs/chat/:send", Send, false)]
    [InlineData("not a url", Send, false)]
    public void A_rest_token_names_host_and_path(string audience, string path, bool accepted) =>
        Assert.Equal(accepted, Create().IsForRest(audience, At("localhost"), RequestTarget.Parse(path), application: null));

    [Theory]
    [InlineData("", null, true)]
    [InlineData("", "shop", true)] // the newer SDKs' form, whatever the application
    [InlineData("?api-version=2022-06-01", null, true)]
    [InlineData("?api-version=2022-06-01", "shop", false)]
    [InlineData("?application=shop&api-version=2022-06-01", "shop", true)]
    [InlineData("?application=shop&api-version=2022-06-01", "Shop", true)]
    [InlineData("?application=shop&api-version=2022-06-01", "till", false)]
    [InlineData("?application=shop&api-version=2022-06-01", null, false)]
    public void A_rest_token_whose_audience_has_a_query_names_the_application(string query, string? application, bool accepted) =>
        Assert.Equal(accepted, Create().IsForRest($"http://localhost{Send}{query}", At("localhost"), RequestTarget.Parse(Send), application));

    [Fact]
    public void Configured_endpoints_replace_the_requests_own_host()
    {
        Assert.True(HubName.TryParseJoined("chat", out var hub));
        var audiences = Create("https://gateway.example.com", "http://second.example.com:8080/");
        Assert.True(audiences.IsForClient("https://Gateway.example.com/client/?hub=chat", At("10.0.0.1"), hub));
        Assert.True(audiences.IsForRest("http://second.example.com/api/hubs/chat/:send", At("10.0.0.1"), RequestTarget.Parse(Send), application: null));
        Assert.False(audiences.IsForClient("http://10.0.0.1/client/?hub=chat", At("10.0.0.1"), hub));
    }

    // The endpoint has a path. A proxy may have removed it from the request, and the SDKs leave it out.
    [Theory]
    [InlineData("https://a.example.com/signalr", true)]
    [InlineData("https://a.example.com/SignalR", true)]
    [InlineData("https://a.example.com", true)]
    [InlineData("https://a.example.com/signalr/signalr", false)]
    [InlineData("https://a.example.com/other", false)]
    [InlineData("https://a.example.com/signal", false)]
    [InlineData("https://b.example.com", true)]
    [InlineData("https://b.example.com/deep/er", true)]
    [InlineData("https://b.example.com/deep", false)]
    [InlineData("https://b.example.com/signalr", false)] // another host's path
    [InlineData("https://c.example.com/signalr", false)]
    public void An_endpoints_path_may_stand_in_the_audience(string audience, bool accepted)
    {
        Assert.True(HubName.TryParseJoined("chat", out var hub));
        var audiences = Create("https://a.example.com/signalr/", "https://b.example.com/deep/er");
        Assert.Equal(accepted, audiences.IsForClient($"{audience}/client/?hub=chat", At("10.0.0.1"), hub));
        Assert.Equal(accepted, audiences.IsForRest($"{audience}{Send}", At("10.0.0.1"), RequestTarget.Parse(Send), application: null));
        Assert.Equal(accepted, audiences.IsForRest($"{audience}/admin", At("10.0.0.1"), RequestTarget.Parse("/admin/usage"), application: null));
        Assert.Equal(accepted, audiences.IsForRest($"{audience}/api/v1/hubs/chat", At("10.0.0.1"), RequestTarget.Parse("/api/v1/hubs/chat/users/u"), application: null));
    }

    [Fact]
    public void The_path_that_a_trusted_proxy_names_may_stand_in_the_audience()
    {
        Assert.True(HubName.TryParseJoined("chat", out var hub));
        Assert.True(Create().IsForClient("https://localhost/front/client/?hub=chat", new("localhost", ["front"]), hub));
        Assert.True(Create().IsForClient("https://localhost/client/?hub=chat", new("localhost", ["front"]), hub));
        Assert.False(Create().IsForClient("https://localhost/front/client/?hub=chat", At("localhost"), hub));
    }

    [Fact]
    public void A_prefix_made_of_the_gateways_own_paths_turns_no_token_into_another()
    {
        const string Group = "https://localhost/api/hubs/chat/groups/admin";
        Assert.False(Create().IsForRest(Group, new("localhost", ["api", "hubs", "chat", "groups"]), RequestTarget.Parse("/admin/usage"), application: null));
        Assert.False(Create().IsForRest(Group, new("localhost", ["API", "hubs", "chat", "groups"]), RequestTarget.Parse("/admin/usage"), application: null));
    }

    [Fact]
    public void A_refusal_names_the_tokens_host_the_hosts_that_count_and_the_setting()
    {
        Assert.Equal(
            "The access token is for another audience. Its 'aud' names the host 'x.example.com'; hosts that count are those of "
            + "Gateway:Endpoints: 'a.example.com', 'b.example.com'. Sign for such a host, or set Gateway:Endpoints to the public address.",
            Create("https://a.example.com/signalr", "https://b.example.com").Refuse("https://x.example.com/client/?hub=chat", At("10.0.0.1")));
        Assert.Equal(
            "The access token is for another audience. Its 'aud' names the host 'x.example.com'; the host that counts is 'localhost', to which "
            + "the request came, as Gateway:Endpoints is not set. Sign for such a host, or set Gateway:Endpoints to the public address.",
            Create().Refuse("https://x.example.com/client/?hub=chat", At("localhost")));
        Assert.Contains("The host is right", Create().Refuse("https://localhost/client/?hub=other", At("localhost")), StringComparison.Ordinal);
        Assert.Contains("names no host", Create().Refuse("", At("localhost")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil\u001b[31m.example.com/client", "localhost")]
    [InlineData("https://\u202eevil\u0085.example.com/client", "localhost")]
    [InlineData("https://x.example.com/", "h\u001bost\r\nfake line")]
    public void A_refusal_is_one_bounded_line_of_printable_characters(string audience, string host)
    {
        var text = Create().Refuse(audience.Replace("example", new string('e', 60) + "." + new string('f', 60), StringComparison.Ordinal), At(host + new string('h', 10_000)));
        Assert.All(text, static c => Assert.InRange(c, ' ', '~'));
        Assert.InRange(text.Length, 0, 600);
        Assert.InRange(Create([.. Enumerable.Range(0, 100).Select(static i => $"https://h{i}.example.com")]).Refuse(audience, At("x")).Length, 0, 1000);
    }

    private static RequestAddress At(string host) => new(host, []);

    private static Audiences Create(params string[] endpoints)
    {
        var options = new AccessOptions();
        foreach (var endpoint in endpoints)
        {
            options.Endpoints.Add(endpoint);
        }

        return new Audiences(Options.Create(options), NullLogger<Audiences>.Instance);
    }
}
