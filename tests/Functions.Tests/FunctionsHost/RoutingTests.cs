using System.Net;
using Serverless.FunctionsHost;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>Rules 6 to 16: the function that handles a request, if any.</summary>
public sealed class RoutingTests : IAsyncDisposable
{
    private readonly EchoHandler _handler = new();
    private AppFolder? _app;
    private FunctionsHostApp? _host;

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _app?.Dispose();
    }

    [Theory, Rule(8)]
    [InlineData("api", "/api/hello", HttpStatusCode.OK)]
    [InlineData("api", "/hello", HttpStatusCode.NotFound)]
    [InlineData("v2", "/v2/hello", HttpStatusCode.OK)]
    [InlineData("", "/hello", HttpStatusCode.OK)]
    [InlineData("", "/api/hello", HttpStatusCode.NotFound)]
    public async Task The_prefix_stands_before_every_route(string prefix, string path, HttpStatusCode status)
    {
        using var client = await StartAsync(new AppFolder(AppFolder.HostWith(routePrefix: prefix)).WithFunction("hello"));

        Assert.Equal(status, (await client.GetAsync(path)).StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? path : null, _handler.Requests.FirstOrDefault()?.Target);
    }

    [Theory, Rule(9)]
    [InlineData("/api/upstream/chat/messages/Say", HttpStatusCode.OK)]
    [InlineData("/api/upstream/chat/messages/a%2Fb", HttpStatusCode.OK)]
    [InlineData("/api/upstream/chat/messages", HttpStatusCode.NotFound)]
    [InlineData("/api/upstream/chat/messages/a/b", HttpStatusCode.NotFound)]
    [InlineData("/api/number/12", HttpStatusCode.OK)]
    [InlineData("/api/number/twelve", HttpStatusCode.NotFound)]
    [InlineData("/api/maybe", HttpStatusCode.OK)]
    [InlineData("/api/files", HttpStatusCode.OK)]
    [InlineData("/api/files/deep/down/file.js", HttpStatusCode.OK)]
    public async Task Routes_are_templates(string path, HttpStatusCode status)
    {
        using var client = await StartAsync(new AppFolder()
            .WithFunction("upstream", Trigger("upstream/{hub}/{category}/{event}"))
            .WithFunction("number", Trigger("number/{id:int}"))
            .WithFunction("maybe", Trigger("maybe/{id?}"))
            .WithFunction("files", Trigger("files/{*path}")));

        Assert.Equal(status, (await client.GetAsync(path)).StatusCode);
    }

    [Theory, Rule(10)]
    [InlineData("{*anything}", "thing", "/api/thing")]
    [InlineData("{name}/end", "thing/{name}", "/api/thing/end")]
    [InlineData("thing/{name}", "thing/{name:int}", "/api/thing/1")]
    [InlineData("thing/{*rest}", "thing/{name}/end", "/api/thing/1/end")]
    public async Task The_closer_route_wins_and_not_the_first_function_by_name(string first, string closer, string path)
    {
        using var client = await StartAsync(new AppFolder()
            .WithFunction("Alpha", $"\"authLevel\": \"admin\", \"route\": \"{first}\"")
            .WithFunction("beta", Trigger(closer)));

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(path)).StatusCode);
    }

    [Fact, Rule(10)]
    public async Task Of_equal_routes_the_first_function_by_name_wins()
    {
        using var client = await StartAsync(new AppFolder()
            .WithFunction("beta", "\"authLevel\": \"admin\", \"route\": \"{*rest}\"")
            .WithFunction("Alpha", Trigger("{name}")));

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/thing")).StatusCode);
    }

    [Fact, Rule(10)]
    public async Task A_function_that_does_not_take_the_method_leaves_the_request_to_the_next()
    {
        using var client = await StartAsync(new AppFolder()
            .WithFunction("alpha", Trigger("{*anything}", "get"))
            .WithFunction("beta", Trigger("thing", "post")));

        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/api/thing", null)).StatusCode);
    }

    [Fact, Rule(11)]
    public async Task A_method_that_is_not_listed_is_not_found()
    {
        using var client = await StartAsync(new AppFolder().WithFunction("only", Trigger("only", "post")).WithFunction("any"));

        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/api/only", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/only")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.PutAsync("/api/any", null)).StatusCode);
    }

    [Fact, Rule(12)]
    public async Task Without_a_function_the_answer_is_an_empty_404_and_at_the_root_the_home_page()
    {
        using var client = await StartAsync(new AppFolder().WithFunction("hello"));

        using var missing = await client.GetAsync("/api/nothing");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Empty(await missing.Content.ReadAsStringAsync());
        Assert.Contains(FunctionsHostApp.HomePage, await client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact, Rule(12)]
    public async Task A_function_at_the_root_goes_before_the_home_page()
    {
        using var client = await StartAsync(
            new AppFolder(AppFolder.HostWith(routePrefix: "")).WithFunction("page", Trigger("{*path}")));

        Assert.DoesNotContain(FunctionsHostApp.HomePage, await client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact, Rule(14)]
    public async Task The_host_keeps_its_own_paths_even_from_a_function_that_takes_everything()
    {
        using var client = await StartAsync(
            new AppFolder(AppFolder.HostWith(routePrefix: "")).WithFunction("page", Trigger("{*path}")));

        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync("/runtime/webhooks/signalr", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/admin/host/status")).StatusCode);
        Assert.Empty(_handler.Requests);
    }

    [Fact, Rule(15, 16)]
    public async Task A_function_s_level_says_which_keys_it_takes()
    {
        using var client = await StartAsync(new AppFolder()
            .WithFunction("open", "\"authLevel\": \"anonymous\"")
            .WithFunction("keyed", "\"methods\": [\"get\"]")
            .WithFunction("other", "\"authLevel\": \"function\"")
            .WithFunction("closed", "\"authLevel\": \"admin\""));
        var keys = _host!.Keys;

        Assert.Equal(HttpStatusCode.OK, await WithKeyAsync(client, "open", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithKeyAsync(client, "keyed", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithKeyAsync(client, "keyed", "wrong"));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithKeyAsync(client, "keyed", keys.Of("other")));
        Assert.Equal(HttpStatusCode.OK, await WithKeyAsync(client, "keyed", keys.Of("keyed")));
        Assert.Equal(HttpStatusCode.OK, await WithKeyAsync(client, "keyed", keys.Host));
        Assert.Equal(HttpStatusCode.OK, await WithKeyAsync(client, "keyed", keys.Master));
        Assert.Equal(HttpStatusCode.Unauthorized, await WithKeyAsync(client, "closed", keys.Host));
        Assert.Equal(HttpStatusCode.OK, await WithKeyAsync(client, "closed", keys.Master));
    }

    [Fact, Rule(16)]
    public async Task The_key_in_the_header_goes_before_the_one_in_the_query()
    {
        using var client = await StartAsync(new AppFolder().WithFunction("keyed", "\"methods\": [\"get\"]"));
        var code = Uri.EscapeDataString(_host!.Keys.Host);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/api/keyed?code={code}")).StatusCode);
        client.DefaultRequestHeaders.Add("x-functions-key", "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync($"/api/keyed?code={code}")).StatusCode);
    }

    [Fact, Rule(6, 7)]
    public async Task Requests_wait_for_a_handler_that_starts_slowly()
    {
        var started = new TaskCompletionSource();
        await using var slow = new EchoHandler { Starts = started.Task };
        using var app = new AppFolder().WithFunction("hello");
        await using var host = await slow.StartHostAsync(app.Root);
        using var client = new HttpClient { BaseAddress = host.Address };

        var early = client.GetAsync("/api/hello");
        Assert.False(host.WhenReady.IsCompleted);
        started.SetResult();

        Assert.Equal(HttpStatusCode.OK, (await early.WaitAsync(TimeSpan.FromSeconds(20))).StatusCode);
    }

    [Fact, Rule(6, 7)]
    public async Task A_handler_that_never_becomes_ready_means_503()
    {
        await using var never = new EchoHandler { Starts = new TaskCompletionSource().Task };
        using var app = new AppFolder(AppFolder.HostWith("""
            "enableProxyingHttpRequest": true, "initializationTimeout": "00:00:00.3"
            """)).WithFunction("hello");
        await using var host = await never.StartHostAsync(app.Root);
        using var client = new HttpClient { BaseAddress = host.Address };

        using var answer = await client.GetAsync("/api/hello");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("Function host is not running.", await answer.Content.ReadAsStringAsync());
    }

    private static string Trigger(string route, string? method = null) =>
        $"\"authLevel\": \"anonymous\", \"route\": \"{route}\"" + (method is null ? "" : $", \"methods\": [\"{method}\"]");

    private static async Task<HttpStatusCode> WithKeyAsync(HttpClient client, string function, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/{function}");
        if (key is not null)
        {
            request.Headers.Add("x-functions-key", key);
        }

        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    private async Task<HttpClient> StartAsync(AppFolder app)
    {
        _app = app;
        _host = await _handler.StartHostAsync(app.Root);
        return new HttpClient { BaseAddress = _host.Address };
    }
}
