using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.App;

/// <summary>The routes of the function app, which are the same on its own and behind the Functions host, in both of its HTTP modes.</summary>
public abstract class FunctionAppTests(RunningApp app)
{
    private static int _connections;

    private readonly UpstreamCaller _ann = new(app.Client, $"conn-{Interlocked.Increment(ref _connections)}", "Ann");

    [Theory]
    [InlineData("", "text/html")]
    [InlineData("index.html", "text/html")]
    [InlineData("style.css", "text/css")]
    [InlineData("chat.js", "text/javascript")]
    [InlineData("icon.svg", "image/svg+xml")]
    [InlineData("lib/signalr.min.js", "text/javascript")]
    public async Task The_page_and_its_parts_are_served(string file, string contentType)
    {
        using var answer = await app.Client.GetAsync($"/api/{file}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(contentType, answer.Content.Headers.ContentType?.MediaType);
        Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync());
        Assert.Contains("script-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_file_that_the_page_names_is_there()
    {
        var page = await app.Client.GetStringAsync("/api/");
        var names = page.Split('"').Where(text => text.EndsWith(".js", StringComparison.Ordinal) || text.EndsWith(".css", StringComparison.Ordinal)).ToArray();

        Assert.Equal(3, names.Length);
        foreach (var name in names)
        {
            using var answer = await app.Client.GetAsync($"/api/{name}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_page_s_address_without_its_slash_leads_to_it()
    {
        using var answer = await app.Client.GetAsync("/api");

        Assert.Equal(HttpStatusCode.MovedPermanently, answer.StatusCode);
        Assert.Equal("/api/", answer.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("/api/nothing")]
    [InlineData("/api/../host.json")]
    [InlineData("/api/%2e%2e/appsettings.json")]
    [InlineData("/api/local.settings.json")]
    [InlineData("/elsewhere")]
    public async Task Other_paths_are_not_found(string path)
    {
        using var answer = await app.Client.GetAsync(new Uri(
            app.Client.BaseAddress!.GetLeftPart(UriPartial.Authority) + path,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Negotiate_sends_the_client_to_the_gateway_with_a_token_for_its_name()
    {
        using var answer = await app.Client.PostAsync("/api/negotiate?user=%C3%87i%C4%9Fdem%20L&negotiateVersion=1", null);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal($"{app.Gateway.Address}client/?hub=chat&user=%C3%87i%C4%9Fdem%20L&asrs.op=%2Fapi", (string?)body["url"]);
        var payload = ((string)body["accessToken"]!).Split('.')[1].Replace('-', '+').Replace('_', '/');
        var claims = JsonNode.Parse(Convert.FromBase64String(payload.PadRight((payload.Length + 3) / 4 * 4, '=')))!;
        Assert.Equal("http://127.0.0.1/client/?hub=chat", (string?)claims["aud"]);
        Assert.Equal("%C3%87i%C4%9Fdem%20L", (string?)claims["asrs.s.uid"]);
    }

    [Theory]
    [InlineData("/api/negotiate")]
    [InlineData("/api/negotiate?user=%20")]
    [InlineData("/api/negotiate?user=1234567890123456789012345678901234567890123456789012345678901")]
    public async Task Negotiate_refuses_a_client_without_a_proper_name(string path)
    {
        using var answer = await app.Client.PostAsync(path, null);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_signed_event_is_handled_and_one_with_a_wrong_signature_or_none_is_not()
    {
        var forger = new UpstreamCaller(app.Client, "conn-x", "Ann", "another-key-0123456789-0123456789-0123456789");

        Assert.Equal(HttpStatusCode.OK, (await _ann.ConnectedAsync()).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await forger.ConnectedAsync()).Status);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await _ann.SendAsync("connections", "connected", "{\"type\":10}"u8.ToArray(), "application/json", signed: false)).Status);
    }

    [Fact]
    public async Task A_client_without_a_name_is_refused_when_it_connects()
    {
        var nobody = new UpstreamCaller(app.Client, "conn-nobody", userId: null);

        Assert.Equal(HttpStatusCode.Forbidden, (await nobody.ConnectedAsync()).Status);
    }

    [Fact]
    public async Task A_call_is_answered_in_the_client_s_protocol()
    {
        app.Gateway.TakeCalls();

        var json = await _ann.InvokeAsync("say", "lobby", "hello");
        // [1, {}, "1", "Say", ["lobby", "hello"]]
        byte[] call =
        [
            0x95, 0x01, 0x80, 0xa1, (byte)'1', 0xa3, .. "Say"u8, 0x92, 0xa5, .. "lobby"u8, 0xa5, .. "hello"u8,
        ];
        var messagePack = await _ann.SendAsync("messages", "Say", call, "application/x-msgpack");

        Assert.Equal("""{"type":3,"invocationId":"1","result":null}""" + '\x1e', json.Text);
        // [3, {}, "1", 3, nil], after its length prefix
        Assert.Equal([0x07, 0x95, 0x03, 0x80, 0xa1, (byte)'1', 0x03, 0xc0], messagePack.Body);
        Assert.Equal(["POST groups/lobby/:send", "POST groups/lobby/:send"], app.Gateway.TakeCalls().Select(sent => sent.What));
    }

    [Fact]
    public async Task An_unknown_method_is_not_found()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await _ann.InvokeAsync("Shout", "hello")).Status);
    }

    [Fact]
    public void Nothing_failed_unnoticed() => Assert.DoesNotContain("fail:", app.Log, StringComparison.Ordinal);
}

/// <inheritdoc/>
public sealed class PlainAppTests(PlainApp app) : FunctionAppTests(app), IClassFixture<PlainApp>
{
    private readonly PlainApp _app = app;

    [Fact]
    public async Task The_root_leads_to_the_page()
    {
        using var answer = await _app.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal("/api/", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task A_host_that_runs_it_as_a_custom_handler_gives_it_the_port()
    {
        var port = FreePort.Find();
        await using var handler = await ServerProcess.StartAsync(
            new ProcessStartInfo("dotnet", [BuiltProgram.Functions.Assembly]),
            new Uri($"http://127.0.0.1:{port}"),
            "/api/",
            new Dictionary<string, string?>
            {
                ["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port}",
                ["AzureSignalRConnectionString"] = _app.Gateway.ConnectionString,
            });
        Assert.False(handler.HasExited);
    }
}

/// <inheritdoc/>
public abstract class HostedAppTests(HostedApp app) : FunctionAppTests(app)
{
    [Fact]
    public async Task The_timer_announces_the_time_in_the_lobby()
    {
        await RunByHandAsync("clock", "");

        var sent = await SentAsync("Clock");
        Assert.Equal(("POST groups/lobby/:send", "Said"), (sent.What, sent.Target));
        Assert.Matches("^It is [0-9]{2}:[0-9]{2} UTC\\.$", (string?)sent.Arguments![0]!["text"]);
    }

    [Fact]
    public async Task A_message_of_the_queue_is_announced_in_its_room()
    {
        await RunByHandAsync("announcements", """{"room":"tea","from":"Operator","text":"It is late"}""");

        var sent = await SentAsync("Operator");
        Assert.Equal(("POST groups/tea/:send", "Said"), (sent.What, sent.Target));
        Assert.Equal("It is late", (string?)sent.Arguments![0]!["text"]);
    }

    private async Task RunByHandAsync(string function, string input)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/admin/functions/{function}")
        {
            Content = JsonContent.Create(new { input }),
            Headers = { { "x-functions-key", app.MasterKey } },
        };
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    // The function runs after its request has been answered.
    private async Task<RecordingGateway.Call> SentAsync(string from)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            if (app.Gateway.FindCall(call => (string?)call.Arguments?[0]?["from"] == from) is { } call)
            {
                return call;
            }

            Assert.True(await poll.WaitForNextTickAsync(limit.Token));
        }
    }
}

/// <inheritdoc/>
public sealed class ForwardedAppTests(ForwardedApp app) : HostedAppTests(app), IClassFixture<ForwardedApp>;

/// <inheritdoc/>
public sealed class BuiltInAppTests(BuiltInApp app) : HostedAppTests(app), IClassFixture<BuiltInApp>;
