using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;
using Serverless.Protocol;

namespace Serverless.Hubs.Tests.AspNetCore;

/// <summary>The ASP.NET adapter over a real socket.</summary>
public sealed class HubEndpointsTests : IAsyncLifetime
{
    private const string ConnectionString = $"Endpoint=http://localhost;Port=8888;AccessKey={HubHost.Key};Version=1.0;";
    private static readonly HttpClient Http = new();
    private readonly Script _script = new();
    private WebApplication _app = null!;

    private string Address => _app.Urls.Single();

    public async Task InitializeAsync()
    {
        _app = Build(ConnectionString);
        _app.MapHubUpstream("/api/upstream/{hub}/{category}/{event}");
        _app.MapHubUpstream("/plain");
        _app.MapHubNegotiate("/negotiate", context => context.Request.Query["user"].ToString() is { Length: > 0 } user
            ? new NegotiateOptions { Hub = "casehub", UserId = user }
            : null);
        _app.MapHubNegotiate<CaseHub>("/typed/negotiate", async ValueTask<NegotiateOptions?> (_) =>
        {
            await Task.Yield();
            return new NegotiateOptions { Claims = [new("role", "a")] };
        });
        await _app.StartAsync();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("/api/upstream/echo/messages/Echo")]
    [InlineData("/api/upstream/ECHO/Messages/eCHO")]
    [InlineData("/plain")]
    public async Task A_call_is_answered_with_a_completion_that_has_no_content_type(string path)
    {
        using var response = await PostAsync(path, "echohub", "messages", "Echo", """{"type":1,"invocationId":"1","target":"Echo","arguments":["ü"]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(response.Content.Headers.ContentType);
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":\"ü\"}\u001e", await response.Content.ReadAsStringAsync());
        Assert.Equal(Encoding.UTF8.GetByteCount("{\"type\":3,\"invocationId\":\"1\",\"result\":\"ü\"}\u001e"), response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task An_empty_answer_has_length_zero()
    {
        using var response = await PostAsync("/plain", "casehub", "connections", "connected", """{"type":10}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(0, response.Content.Headers.ContentLength);
        Assert.Null(response.Content.Headers.ContentType);
    }

    [Theory]
    [InlineData("/api/upstream/other/messages/Echo", 400)]
    [InlineData("/api/upstream/echo/connections/Echo", 400)]
    [InlineData("/api/upstream/echo/messages/Add", 400)]
    [InlineData("/api/upstream/echo/messages/Ec%68o", 200)]
    [InlineData("/api/upstream/echo/messages", 404)]
    public async Task The_route_may_not_disagree_with_the_headers(string path, int status)
    {
        using var response = await PostAsync(path, "echohub", "messages", "Echo", """{"type":1,"invocationId":"1","target":"Echo","arguments":["x"]}""");

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_method_whose_name_has_a_slash_is_found_through_the_route()
    {
        using var response = await PostAsync(
            "/api/upstream/odd/messages/a%2Fb%20%252F", "odd", "messages", "a/b %2F", """{"type":1,"invocationId":"1","target":"a/b %2F","arguments":[]}""");

        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":\"odd\"}\u001e", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Errors_are_plain_text_that_says_what_is_wrong()
    {
        using var unsigned = await PostAsync("/plain", "echohub", "messages", "Echo", "x", request => request.Headers.Remove(UpstreamHeaders.Signature));
        using var bare = await Http.PostAsync(Address + "/plain", null);
        using var elsewhere = await Http.PostAsync(Address + "/api/upstream/other/messages/x", new StringContent("{}", Encoding.UTF8, "application/json"));
        using var text = await PostAsync("/plain", "echohub", "messages", "Echo", "x", request => request.Content!.Headers.ContentType = new("text/plain"));
        using var get = await Http.GetAsync(Address + "/plain");

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
            using var response = await PostAsync(
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
        await client.ConnectAsync(IPAddress.Loopback, new Uri(Address).Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(
            "POST /plain HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 11\r\nX-ASRS-Connection-Id: conn-1\r\n" +
            "X-ASRS-Hub: cases\r\nX-ASRS-Category: connections\r\nX-ASRS-Event: connected\r\nX-ASRS-User-Id: Jürgen 😀\r\n" +
            $"X-ASRS-Signature: sha256=00\r\nX-ASRS-Signature: {HubHost.Sign("conn-1")}\r\n\r\n{{\"type\":10}}"));

        Assert.Equal("Jürgen 😀", await seen.Task.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Negotiate_gives_an_address_and_a_token_and_is_not_cached()
    {
        using var response = await Http.PostAsync(Address + "/negotiate?user=u1&negotiateVersion=1", null);
        using var refused = await Http.PostAsync(Address + "/negotiate", null);
        using var typed = await Http.PostAsync(Address + "/typed/negotiate", null);

        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.Equal(["url", "accessToken"], body.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal("http://localhost:8888/client/?hub=cases", body.RootElement.GetProperty("url").GetString());
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("hub=cases", await typed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "AzureSignalRConnectionString is not set; write Endpoint=http://localhost;Port=8888;AccessKey=<key>;Version=1.0;")]
    [InlineData("Endpoint=http://h;Version=1.0", "AzureSignalRConnectionString: The connection string has no AccessKey")]
    [InlineData("Endpoint=https://h;AuthType=azure", "signs with an access key")]
    [InlineData("Endpoint=https://h;AccessKey=short", "shorter than 32 bytes")]
    public async Task A_wrong_connection_string_stops_the_start_and_says_what_to_write(string? connectionString, string error)
    {
        await using var app = Build(connectionString);

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());

        Assert.Contains(error, Assert.Single(exception.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "http://localhost:8888/client/?hub=cases")]
    [InlineData("Endpoint=http://gateway.example.com;AccessKey=ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH;Version=1.0;", "http://gateway.example.com/client/?hub=cases")]
    public async Task In_Development_a_connection_string_that_is_not_set_is_that_of_the_local_gateway(string? connectionString, string url)
    {
        await using var app = Build(connectionString, environment: "Development");
        Assert.Equal(url, app.Services.GetRequiredService<Negotiator>().Negotiate(new NegotiateOptions { Hub = "casehub" }).Url);
    }

    [Fact]
    public async Task Two_hubs_of_one_name_and_types_without_type_info_stop_the_start()
    {
        await using var app = Build(ConnectionString, hubs =>
        {
            hubs.AddHub<OtherEchoHub>();
            hubs.Services.Configure<ServerlessHubsOptions>(options =>
            {
                // As in a program that is compiled ahead of time and declares no types of its own.
                options.Json.TypeInfoResolverChain.Clear();
                options.Json.TypeInfoResolverChain.Add(HubJsonContext.Default);
            });
        });

        var failures = (await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync())).Failures.ToList();

        Assert.Contains(failures, failure => failure.Contains("have the same name, 'echo'", StringComparison.Ordinal));
        Assert.Contains(failures, failure => failure.Contains("EchoHub.Mirror: ServerlessHubsOptions.Json has no type info for", StringComparison.Ordinal));
        Assert.DoesNotContain(failures, failure => failure.Contains("EchoHub.Add", StringComparison.Ordinal));
    }

    [Fact]
    public void A_hub_that_was_not_generated_is_refused_by_name() => Assert.Contains(
        nameof(Ungenerated), Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddServerlessHubs().AddHub<Ungenerated>()).Message, StringComparison.Ordinal);

    private WebApplication Build(string? connectionString, Action<TestHubs>? add = null, string environment = "Production")
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["AzureSignalRConnectionString"] = connectionString });
        builder.Services.AddSingleton(_script).AddScoped<ScopedThing>();
        var hubs = builder.Services.AddServerlessHubs().AddHub<CaseHub>().AddHub<EchoHub>().AddHub<EchoHub>().AddHub<OddHub>();
        add?.Invoke(hubs);
        return builder.Build();
    }

    private async Task<HttpResponseMessage> PostAsync(
        string path, string hub, string category, string eventName, string body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address + path) { Content = new StringContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in HubHost.Headers(hub, category, eventName))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        change?.Invoke(request);
        return await Http.SendAsync(request);
    }
}

[HubName("echohub")]
internal sealed class OtherEchoHub : Hub;

internal sealed class OddHub : Hub
{
    [HubMethodName("a/b %2F")]
    public string Odd() => "odd";
}

internal abstract class Ungenerated : TypedBase<ITypedClient>;
