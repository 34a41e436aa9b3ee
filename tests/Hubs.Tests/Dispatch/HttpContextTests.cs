using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>The client's request that <c>Context.GetHttpContext()</c> returns.</summary>
public class HttpContextTests
{
    private const string Call = """{"type":1,"invocationId":"1","target":"Run","arguments":["x"]}""";
    private readonly Script _script = new();

    [Fact]
    public async Task It_has_the_path_that_the_client_was_given_its_query_and_its_user()
    {
        var seen = await SeenAsync("?hub=casehub&room=7&room=%C3%BC&asrs.op=%2Frooms%2Flobby");

        Assert.Equal(("GET", "/rooms/lobby"), (seen.Request.Method, seen.Request.Path.Value));
        Assert.Equal(["7", "ü"], seen.Request.Query["room"]!);
        Assert.False(seen.Request.Query.ContainsKey("asrs.op"));
        Assert.DoesNotContain("asrs.op", seen.Request.QueryString.Value, StringComparison.Ordinal);
        Assert.Equal("ann", seen.User.FindFirst("name")?.Value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("?asrs.op=")]
    [InlineData("?asrs.op=evil")]
    [InlineData("?asrs.op")]
    public async Task Its_path_is_the_root_where_the_client_was_given_none(string? query)
    {
        var seen = await SeenAsync(query);
        Assert.Equal("/", seen.Request.Path.Value);
        Assert.Empty(seen.Request.Query);
    }

    [Fact]
    public async Task Its_services_are_those_of_the_host_s_request()
    {
        var services = new ServiceCollection().AddSingleton("of the request").BuildServiceProvider();
        await using var app = services;
        var seen = await SeenAsync(null, services);
        Assert.Equal("of the request", seen.RequestServices.GetRequiredService<string>());
    }

    [Fact]
    public async Task Features_of_the_connection_can_be_added_and_read()
    {
        await using var host = Host();
        _script.Next = hub =>
        {
            Assert.Null(hub.Context.Features.Get<Script>());
            hub.Context.Features.Set(_script);
            Assert.Same(_script, hub.Context.Features.Get<Script>());
            Assert.Contains(hub.Context.Features, feature => feature.Key == typeof(Script));
            return Task.FromResult("");
        };
        Assert.Contains("\"result\"", Text(await host.InvokeAsync("casehub", "Run", Call)), StringComparison.Ordinal);
    }

    private static string Text(UpstreamResponse response) => System.Text.Encoding.UTF8.GetString(response.Body.Span);

    private async Task<HttpContext> SeenAsync(string? query, IServiceProvider? services = null)
    {
        await using var host = Host();
        HttpContext? seen = null;
        _script.Next = hub =>
        {
            seen = hub.Context.GetHttpContext();
            Assert.Same(seen, hub.Context.GetHttpContext());
            return Task.FromResult("");
        };
        var headers = HubHost.Headers("casehub", "messages", "Run");
        headers[UpstreamHeaders.ClientQuery] = query;
        headers[UpstreamHeaders.UserClaims] = "name: ann";
        await host.Dispatcher.DispatchAsync(
            new UpstreamRequest("application/json", System.Text.Encoding.UTF8.GetBytes(Call), headers.GetValueOrDefault) { Services = services });
        return seen!;
    }

    private HubHost Host() => new(hubs =>
    {
        hubs.Services.AddSingleton(_script).AddScoped<ScopedThing>();
        hubs.AddHub<CaseHub>();
    });
}
