using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;

namespace Serverless.Hubs.Tests.AspNetCore;

/// <summary>The endpoints of hubs over a real socket.</summary>
public sealed class HubEndpointsTests : IAsyncLifetime
{
    private static readonly HttpClient Http = new();
    private readonly Script _script = new();
    private HubApp _app = null!;

    public async Task InitializeAsync() => _app = await HubApp.StartAsync(
        app =>
        {
            app.MapServerlessHub<CaseHub>("/cases");
            app.MapServerlessHub<EchoHub>("/echo/");
            app.MapServerlessHub<OddHub>("odd");
            app.MapServerlessUpstream("/api/upstream/{hub}/{category}/{event}");
            app.MapServerlessUpstream("/plain");
        },
        AddServices);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("/echo/upstream/messages/Echo")]
    [InlineData("/echo/upstream")]
    [InlineData("/api/upstream/echohub/messages/Echo")]
    [InlineData("/api/upstream/ECHOHUB/Messages/eCHO")]
    [InlineData("/plain")]
    public async Task A_call_is_answered_with_a_completion_that_has_no_content_type(string path)
    {
        using var response = await _app.PostAsync(path, "echohub", "messages", "Echo", """{"type":1,"invocationId":"1","target":"Echo","arguments":["x"]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(response.Content.Headers.ContentType);
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":\"x\"}\u001e", await response.Content.ReadAsStringAsync());
        Assert.Equal(Encoding.UTF8.GetByteCount("{\"type\":3,\"invocationId\":\"1\",\"result\":\"x\"}\u001e"), response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task An_empty_answer_has_length_zero()
    {
        using var response = await _app.PostAsync("/plain", "casehub", "connections", "connected", """{"type":10}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, response.Content.Headers.ContentLength);
        Assert.Null(response.Content.Headers.ContentType);
    }

    [Theory]
    [InlineData("/api/upstream/other/messages/Echo", 400)]
    [InlineData("/api/upstream/echohub/connections/Echo", 400)]
    [InlineData("/api/upstream/echohub/messages/Add", 400)]
    [InlineData("/api/upstream/echohub/messages/Ec%68o", 200)]
    [InlineData("/api/upstream/echohub/messages", 404)]
    [InlineData("/echo/upstream/messages/Add", 400)]
    [InlineData("/echo/upstream/connections", 400)]
    public async Task The_route_may_not_disagree_with_the_headers(string path, int status)
    {
        using var response = await _app.PostAsync(path, "echohub", "messages", "Echo", """{"type":1,"invocationId":"1","target":"Echo","arguments":["x"]}""");

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("/api/upstream/oddhub/messages/a%2Fb%20%252F")]
    [InlineData("/odd/upstream/messages/a%2Fb%20%252F")]
    public async Task A_method_whose_name_has_a_slash_is_found_through_the_route(string path)
    {
        using var response = await _app.PostAsync(
            path, "oddhub", "messages", "a/b %2F", """{"type":1,"invocationId":"1","target":"a/b %2F","arguments":[]}""");

        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":\"odd\"}\u001e", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Errors_are_plain_text_that_says_what_is_wrong()
    {
        using var unsigned = await _app.PostAsync("/plain", "echohub", "messages", "Echo", "x", request => request.Headers.Remove(UpstreamHeaders.Signature));
        using var bare = await Http.PostAsync(_app.Address + "/plain", null);
        using var elsewhere = await Http.PostAsync(_app.Address + "/api/upstream/other/messages/x", new StringContent("{}", Encoding.UTF8, "application/json"));
        using var text = await _app.PostAsync("/plain", "echohub", "messages", "Echo", "x", request => request.Content!.Headers.ContentType = new("text/plain"));
        using var get = await Http.GetAsync(_app.Address + "/plain");

        Assert.Equal(
            (HttpStatusCode.Unauthorized, "text/plain; charset=utf-8"), (unsigned.StatusCode, unsigned.Content.Headers.ContentType?.ToString()));
        Assert.Contains(UpstreamHeaders.Signature, await unsigned.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (bare.StatusCode, elsewhere.StatusCode));
        Assert.Equal(await unsigned.Content.ReadAsStringAsync(), await elsewhere.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, text.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, get.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_is_taken_up_to_the_limit_however_it_is_framed(bool chunked)
    {
        var frame = """{"type":1,"target":"Echo","arguments":[""]}""".Length;
        foreach (var (length, status) in new[] { (ServerlessHubsOptions.DefaultMaxBodyBytes, 200), (ServerlessHubsOptions.DefaultMaxBodyBytes + 1, 413) })
        {
            using var response = await _app.PostAsync(
                "/plain", "echohub", "messages", "Echo",
                $$"""{"type":1,"target":"Echo","arguments":["{{new string('x', length - frame)}}"]}""",
                request => request.Headers.TransferEncodingChunked = chunked);
            Assert.Equal(status, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task Headers_in_utf8_and_two_signatures_in_two_lines_are_read()
    {
        var seen = new TaskCompletionSource<string?>();
        _script.Next = hub =>
        {
            seen.TrySetResult(hub.Context.UserIdentifier);
            return Task.FromResult("");
        };
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(_app.Address).Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(
            "POST /plain HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 11\r\nX-ASRS-Connection-Id: conn-1\r\n" +
            "X-ASRS-Hub: casehub\r\nX-ASRS-Category: connections\r\nX-ASRS-Event: connected\r\nX-ASRS-User-Id: Jürgen 😀\r\n" +
            $"X-ASRS-Signature: sha256=00\r\nX-ASRS-Signature: {HubHost.Sign("conn-1")}\r\n\r\n{{\"type\":10}}"));

        Assert.Equal("Jürgen 😀", await seen.Task.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.NotEqual(0, await client.GetStream().ReadAsync(new byte[64]).AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData(null, "AzureSignalRConnectionString is not set; write Endpoint=http://localhost;Port=8888;AccessKey=<key>;Version=1.0;")]
    [InlineData("Endpoint=http://h;Version=1.0", "AzureSignalRConnectionString: The connection string has no AccessKey")]
    [InlineData("Endpoint=https://h;AuthType=azure", "signs with an access key")]
    [InlineData("Endpoint=https://h;AccessKey=short", "shorter than 32 bytes")]
    public async Task A_wrong_connection_string_stops_the_start_and_says_what_to_write(string? connectionString, string error)
    {
        var app = HubApp.Build(AddServices, connectionString);

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => app.App.StartAsync());

        Assert.Contains(error, Assert.Single(exception.Failures), StringComparison.Ordinal);
        await app.App.DisposeAsync();
    }

    [Theory]
    [InlineData(null, "http://localhost:8888/client/?hub=casehub")]
    [InlineData("Endpoint=http://gateway.example.com;AccessKey=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH;Version=1.0;", "http://gateway.example.com/client/?hub=casehub")]
    public async Task In_Development_a_connection_string_that_is_not_set_is_that_of_the_local_gateway(string? connectionString, string url)
    {
        await using var app = HubApp.Build(AddServices, connectionString, "Development");
        Assert.Equal(url, app.App.Services.GetRequiredService<Negotiator>().Negotiate(new NegotiateOptions { Hub = "casehub" }).Url);
    }

    [Fact]
    public void Two_hubs_of_one_name_stop_the_start_and_one_hub_on_two_routes_does_not()
    {
        _app.App.MapServerlessHub<EchoHub>("/again");
        var error = Assert.Throws<InvalidOperationException>(() => _app.App.MapServerlessHub<Others.EchoHub>("/other"));
        Assert.Contains("have the same name, 'echohub'", error.Message, StringComparison.Ordinal);
        Assert.Contains(typeof(Others.EchoHub).FullName!, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_that_forgets_AddServerless_is_told_at_start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSignalR();
        await using var app = builder.Build();
        var error = Assert.Throws<InvalidOperationException>(() => app.MapServerlessHub<EchoHub>("/echo"));
        Assert.Contains("AddSignalR().AddServerless()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fallback_policy_does_not_lock_the_gateway_out()
    {
        await using var app = await HubApp.StartAsync(
            app => app.MapServerlessHub<EchoHub>("/echo"),
            signalR =>
            {
                AddServices(signalR);
                TestAuthentication.Add(signalR.Services);
                signalR.Services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
            });

        using var response = await app.PostAsync("/echo/upstream", "echohub", "connections", "connected", """{"type":10}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(401, (await app.NegotiateAsync("/echo/negotiate")).Status);
        Assert.Equal(404, (await app.NegotiateAsync("/echo/refresh")).Status);
    }

    private void AddServices(ISignalRServerBuilder signalR) => signalR.Services.AddSingleton(_script).AddScoped<ScopedThing>();
}

internal sealed class OddHub : Hub
{
    [HubMethodName("a/b %2F")]
    public string Odd() => "odd";
}

/// <summary>Hubs whose names are taken.</summary>
internal static class Others
{
    public sealed class EchoHub : Hub;
}
