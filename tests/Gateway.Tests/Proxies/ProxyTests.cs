using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Proxies;

/// <summary>A public address with a path, and real proxies in front of it, which remove the path from requests or keep it.</summary>
public sealed class ProxyTests(ProxiedGateway gateway) : IClassFixture<ProxiedGateway>
{
    private const string Public = "http://127.0.0.1/signalr";
    private const string Version = "?api-version=2024-12-01";

    private readonly string _hub = GatewayFixture.NewHub();

    public static TheoryData<string> Ways => ["none", "nginx, path left", "nginx, path taken off", "yarp, path left", "yarp, path taken off"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_websocket_client_gets_what_is_sent_below_the_path(string way)
    {
        foreach (var audience in new[] { Public, "http://127.0.0.1" })
        {
            using var negotiated = await SendAsync(way, HttpMethod.Post, $"/client/negotiate?hub={_hub}&negotiateVersion=1", ClientToken(audience, way));
            Assert.Equal(200, (int)negotiated.StatusCode);
            using var answer = JsonDocument.Parse(await negotiated.Content.ReadAsStringAsync());
            Assert.False(answer.RootElement.TryGetProperty("url", out _));

            await using var peer = await ConnectAsync(way, audience, $"&id={answer.RootElement.GetProperty("connectionToken").GetString()}");
            var path = $"/api/hubs/{_hub}/users/{Uri.EscapeDataString(UserOf(way))}/:send";
            using var sent = await SendAsync(way, HttpMethod.Post, path + Version, RestCaller.Token(path, audience: audience + path), """{"target":"m"}""");
            Assert.Equal(202, (int)sent.StatusCode);
            Assert.Equal("""{"type":1,"target":"m","arguments":[]}""", await peer.NextAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_event_stream_is_not_held_back(string way)
    {
        using var negotiated = await SendAsync(way, HttpMethod.Post, $"/client/negotiate?hub={_hub}&negotiateVersion=1", ClientToken(Public));
        using var answer = JsonDocument.Parse(await negotiated.Content.ReadAsStringAsync());
        var target = $"/client/?hub={_hub}&id={answer.RootElement.GetProperty("connectionToken").GetString()}";
        using var stream = await SendAsync(way, HttpMethod.Get, target, ClientToken(Public), accept: "text/event-stream");
        Assert.Equal(200, (int)stream.StatusCode);
        using var posted = await SendAsync(way, HttpMethod.Post, target, ClientToken(Public), HttpClientPeer.JsonHandshake);
        Assert.Equal(200, (int)posted.StatusCode);
        await using var body = await stream.Content.ReadAsStreamAsync();
        var events = new byte[(":\r\n" + "data: {}\u001e\r\n\r\n").Length];
        await body.ReadExactlyAsync(events, Waits.Limited());
        Assert.Equal(":\r\ndata: {}\u001e\r\n\r\n", Encoding.UTF8.GetString(events));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Links_lead_back_below_the_path(string way)
    {
        await using var one = await ConnectAsync(way, Public);
        await using var two = await ConnectAsync(way, Public);
        foreach (var _ in new[] { one, two })
        {
            var id = (await gateway.UpstreamOf(_hub).NextAsync("connected")).ConnectionId;
            Assert.Equal(200, await StatusAsync(way, HttpMethod.Put, $"/api/hubs/{_hub}/groups/g/connections/{id}"));
        }

        var path = $"/api/hubs/{_hub}/groups/g/connections";
        using var page = await SendAsync(way, HttpMethod.Get, $"{path}{Version}&maxpagesize=1", RestCaller.Token(path, audience: Public + path));
        using var json = JsonDocument.Parse(await page.Content.ReadAsStringAsync());
        var next = json.RootElement.GetProperty("nextLink").GetString()!;
        Assert.StartsWith($"{Public}{path}?", next, StringComparison.Ordinal);

        // The token's audience is the address as given, as in the SDKs.
        using var last = await SendAsync(way, HttpMethod.Get, next[Public.Length..], RestCaller.Token(path, audience: next));
        Assert.Equal(200, (int)last.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task The_dashboard_and_its_files_are_below_the_path(string way)
    {
        using var redirect = await SendAsync(way, HttpMethod.Get, "/dashboard", token: null);
        Assert.Equal(301, (int)redirect.StatusCode);
        var home = new Uri(gateway.AddressOf(way), "/signalr/dashboard/");
        Assert.Equal(home, new Uri(new Uri(gateway.AddressOf(way), "/signalr/dashboard"), redirect.Headers.Location!));
        foreach (var (file, type) in new[] { ("", "text/html"), ("app.js", "text/javascript"), ("lib/signalr.min.js", "text/javascript"), ("sign-in.json", "application/json") })
        {
            using var answer = await SendAsync(way, HttpMethod.Get, $"/dashboard/{file}", token: null);
            Assert.Equal((200, type), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            if (file == "sign-in.json")
            {
                Assert.Equal($$"""{"audience":"{{Public}}/admin"}""", await answer.Content.ReadAsStringAsync());
            }
        }

        using var front = await SendAsync(way, HttpMethod.Get, "/", token: null);
        Assert.Contains($"Endpoint={Public};AccessKey=", await front.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        using var hubs = await SendAsync(way, HttpMethod.Get, "/admin/usage", RestCaller.Token("", audience: $"{Public}/admin"));
        Assert.Equal(200, (int)hubs.StatusCode);
    }

    [Fact]
    public async Task A_token_for_another_host_is_401_with_the_hosts_that_count_and_the_log_has_a_bounded_number_of_lines()
    {
        var path = $"/api/hubs/{_hub}/:send";
        for (var i = 0; i < 30; i++)
        {
            using var client = await SendAsync("none", HttpMethod.Post, $"/client/negotiate?hub={_hub}", ClientToken($"https://other{i}.example.com"));
            using var rest = await SendAsync("none", HttpMethod.Post, path + Version, RestCaller.Token(path, audience: $"https://other{i}.example.com{path}"), "{}");
            foreach (var answer in new[] { client, rest })
            {
                Assert.Equal(401, (int)answer.StatusCode);
                var body = await answer.Content.ReadAsStringAsync();
                Assert.Contains($"other{i}.example.com", body, StringComparison.Ordinal);
                Assert.Contains("127.0.0.1", body, StringComparison.Ordinal);
                Assert.Contains("Gateway:Endpoints", body, StringComparison.Ordinal);
            }
        }

        await Waits.UntilAsync(() => gateway.Server.Log.Contains("other1.example.com", StringComparison.Ordinal), "the log names the host");
        Assert.InRange(gateway.Server.Log.Split('\n').Count(static line => line.Contains("refused for its audience", StringComparison.Ordinal)), 1, 10);
        Assert.Contains("info: Serverless.Gateway.Access.Audiences[1004]", gateway.Server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_websocket_that_is_refused_for_its_audience_is_logged_once()
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, _hub, ClientToken("https://once.example.com")));
        Assert.Equal(401, (await connection.ReadResponseAsync()).Status);
        Assert.InRange(gateway.Server.Log.Split("once.example.com").Length - 1, 0, 1); // none where the other test has used up the minute's lines
    }

    // YARP encodes the percent sign of %2F again.
    private static string UserOf(string way) => way.StartsWith("yarp", StringComparison.Ordinal) ? "a b%ü" : "a/b%ü";

    [Fact]
    public async Task The_front_page_has_its_slash()
    {
        using var answer = await SendAsync("none", HttpMethod.Get, "", token: null);
        Assert.Equal((301, "signalr/"), ((int)answer.StatusCode, answer.Headers.Location?.OriginalString));
    }

    private string ClientToken(string audience, string way = "none") => GatewayFixture.ClientToken(_hub, UserOf(way), audience: $"{audience}/client/?hub={_hub}");

    private async Task<HubPeer> ConnectAsync(string way, string audience, string query = "")
    {
        var address = gateway.AddressOf(way);
        var connection = await RawConnection.OpenAsync(address);
        await connection.WriteAsync(HubPeer.UpgradeRequest(address, _hub, ClientToken(audience, way), query, "/signalr/client/"));
        var peer = await HubPeer.UpgradedAsync(connection, HubProtocol.Json);
        await peer.ShakeHandsAsync();
        return peer;
    }

    private async Task<int> StatusAsync(string way, HttpMethod method, string path)
    {
        using var answer = await SendAsync(way, method, path + Version, RestCaller.Token(path, audience: Public + path));
        return (int)answer.StatusCode;
    }

    // Sends a request below the path.
    private async Task<HttpResponseMessage> SendAsync(
        string way, HttpMethod method, string target, string? token, string? body = null, string? accept = null)
    {
        var uri = new Uri(
            $"{gateway.AddressOf(way).GetLeftPart(UriPartial.Authority)}/signalr{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, uri);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (body is not null)
        {
            request.Content = RestCaller.Content(Encoding.UTF8.GetBytes(body), "application/json");
        }

        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Waits.Limited());
    }

    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
}
