using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Clients;

[Collection(SharedGateway.Name)]
public sealed class NegotiateTests(GatewayFixture gateway) : IDisposable
{
    private readonly string _hub = GatewayFixture.NewHub();
    private readonly HttpClient _http = new(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address };

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("&negotiateVersion=1", 1)]
    [InlineData("&negotiateVersion=2", 1)]
    [InlineData("&NegotiateVersion=1&x=y", 1)]
    [InlineData("", 0)]
    [InlineData("&negotiateVersion=0", 0)]
    public async Task A_client_gets_id_token_and_transports(string query, int version)
    {
        using var answer = await NegotiateJsonAsync(query, GatewayFixture.ClientToken(_hub));
        var root = answer.RootElement;

        Assert.Equal(version, root.GetProperty("negotiateVersion").GetInt32());
        var id = root.GetProperty("connectionId").GetString()!;
        Assert.Matches("^[A-Za-z0-9_-]{22,}$", id);
        Assert.Equal(version == 1, root.TryGetProperty("connectionToken", out var token));
        if (version == 1)
        {
            Assert.Matches("^[A-Za-z0-9_-]{22,}$", token.GetString());
            Assert.NotEqual(id, token.GetString());
        }

        Assert.Contains(
            root.GetProperty("availableTransports").EnumerateArray(),
            transport => JsonSerializer.Serialize(transport) == """{"transport":"WebSockets","transferFormats":["Text","Binary"]}""");
        Assert.False(root.TryGetProperty("useStatefulReconnect", out _)); // unrequested, it makes the JavaScript client fail
        Assert.False(root.TryGetProperty("ProtocolVersion", out _)); // would be treated as legacy ASP.NET SignalR
    }

    [Theory]
    [InlineData("x", "The client requested a non-integer protocol version.")]
    [InlineData("1.5", "The client requested a non-integer protocol version.")]
    [InlineData("", "The client requested a non-integer protocol version.")]
    [InlineData("99999999999", "The client requested a non-integer protocol version.")]
    [InlineData("-1", "The client requested version '-1', but the server does not support this version.")]
    public async Task A_version_that_is_none_is_answered_with_an_error_in_a_200(string version, string error)
    {
        using var answer = await NegotiateJsonAsync("&negotiateVersion=" + version, GatewayFixture.ClientToken(_hub));
        Assert.Equal(error, answer.RootElement.GetProperty("error").GetString());
        Assert.Single(answer.RootElement.EnumerateObject());
    }

    [Fact]
    public async Task Every_answer_names_another_connection()
    {
        var ids = new HashSet<string>();
        for (var i = 0; i < 10; i++)
        {
            using var answer = await NegotiateJsonAsync("&negotiateVersion=1", GatewayFixture.ClientToken(_hub));
            Assert.True(ids.Add(answer.RootElement.GetProperty("connectionId").GetString()!));
            Assert.True(ids.Add(answer.RootElement.GetProperty("connectionToken").GetString()!));
        }
    }

    [Theory]
    [InlineData("/client/negotiate?negotiateVersion=1")]
    [InlineData("/client/negotiate?hub=&negotiateVersion=1")]
    [InlineData("/client/negotiate?hub={hub}&hub={hub}")]
    [InlineData("/client/negotiate?hub={hub}&HUB=other")]
    [InlineData("/client/negotiate?hub=1starts-with-a-digit")]
    [InlineData("/client/negotiate?hub=a%2Fb")]
    [InlineData("/client/negotiate?hub=%C3%BC")]
    public async Task A_query_without_exactly_one_good_hub_is_400(string path)
    {
        using var response = await PostAsync(path.Replace("{hub}", _hub, StringComparison.Ordinal), GatewayFixture.ClientToken(_hub));
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("hub", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "none", "no access token" },
        { "empty", "no access token" },
        { "garbage", "malformed" },
        { "wrong key", "not signed with an access key" },
        { "wrong hub", "another audience" },
        { "wrong host", "another audience" },
        { "REST audience", "another audience" },
        { "no audience", "another audience" },
        { "expired", "expired" },
        { "no exp", "expired" },
        { "alg none", "access token" },
        { "changed payload", "not signed with an access key" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_bad_token_is_401_and_says_why(string kind, string reason)
    {
        const string Head = """{"alg":"HS256","typ":"JWT"}""";
        var token = kind switch
        {
            "none" => null,
            "empty" => "",
            "garbage" => "not.a.token",
            "wrong key" => GatewayFixture.ClientToken(_hub, key: "another-key-of-the-wire-tests-01234567890"),
            "wrong hub" => GatewayFixture.ClientToken("other"),
            "wrong host" => GatewayFixture.ClientToken(_hub, audience: $"http://example.com/client/?hub={_hub}"),
            "REST audience" => GatewayFixture.ClientToken(_hub, audience: $"http://127.0.0.1/api/hubs/{_hub}/:send"),
            "no audience" => Sign(Head, """{"exp":4102444800}"""),
            "expired" => GatewayFixture.ClientToken(_hub, lifetime: TimeSpan.FromSeconds(-5)),
            "no exp" => Sign(Head, $$"""{"aud":"http://127.0.0.1/client/?hub={{_hub}}"}"""),
            "alg none" => Unsigned($$"""{"aud":"http://127.0.0.1/client/?hub={{_hub}}","exp":4102444800}"""),
            _ => Changed(GatewayFixture.ClientToken(_hub, "u1")),
        };
        using var response = await PostAsync($"/client/negotiate?hub={_hub}&negotiateVersion=1", token);

        Assert.Equal(401, (int)response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.Contains(reason, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_form_of_a_good_token_is_let_in_by_the_header()
    {
        string[] tokens =
        [
            GatewayFixture.ClientToken(_hub, key: GatewayFixture.SecondaryKey),
            GatewayFixture.ClientToken(_hub, audience: $"http://127.0.0.1:{gateway.Port}/client/?hub={_hub}"),
            GatewayFixture.ClientToken(_hub, audience: $"http://127.0.0.1/client?hub={_hub}"),
            GatewayFixture.ClientToken(_hub, audience: $"https://127.0.0.1/client/?hub={_hub.ToUpperInvariant()}"),
            Sign("""{"alg":"HS256"}""", $$"""{"aud":["x","http://127.0.0.1/client/?hub={{_hub}}"],"exp":4102444800,"nbf":4102444000}"""),
            Sign("""{"alg":"HS256","typ":"JWT","kid":"581135446"}""", $$"""{"aud":"http://127.0.0.1/client/?hub={{_hub}}","exp":4102444800}"""),
        ];
        foreach (var token in tokens)
        {
            using var response = await PostAsync($"/client/negotiate?hub={_hub}&negotiateVersion=1", token);
            Assert.Equal(200, (int)response.StatusCode);
        }

        // Only a WebSocket or an event stream may carry its token in the query.
        using var inQuery = await PostAsync($"/client/negotiate?hub={_hub}&access_token={tokens[0]}", null);
        Assert.Equal(401, (int)inQuery.StatusCode);
        using var upperCaseHub = await PostAsync($"/client/negotiate?hub={_hub.ToUpperInvariant()}", tokens[0]);
        Assert.Equal(200, (int)upperCaseHub.StatusCode);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Another_method_is_405(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/client/negotiate?hub={_hub}");
        using var response = await _http.SendAsync(request);
        Assert.Equal(405, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_browser_may_ask_from_any_origin_with_credentials()
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, $"/client/negotiate?hub={_hub}&negotiateVersion=1");
        preflight.Headers.Add("Origin", "https://app.example.com");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,x-requested-with,x-signalr-user-agent");
        using var allowed = await _http.SendAsync(preflight);

        Assert.Equal(204, (int)allowed.StatusCode);
        AssertCors(allowed);
        Assert.Equal(
            "authorization,x-requested-with,x-signalr-user-agent", string.Join(',', allowed.Headers.GetValues("Access-Control-Allow-Headers")));

        foreach (var token in (string?[])[GatewayFixture.ClientToken(_hub), null])
        {
            using var request = Post($"/client/negotiate?hub={_hub}&negotiateVersion=1", token);
            request.Headers.Add("Origin", "https://app.example.com");
            using var response = await _http.SendAsync(request);
            Assert.Equal(token is null ? 401 : 200, (int)response.StatusCode);
            AssertCors(response);
        }

        static void AssertCors(HttpResponseMessage response)
        {
            Assert.Equal("https://app.example.com", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Equal("true", response.Headers.GetValues("Access-Control-Allow-Credentials").Single());
        }
    }

    [Fact]
    public async Task Health_and_probes_answer_without_a_token()
    {
        foreach (var path in (string[])["/api/health", "/api/v1/health", "/api/health?api-version=2022-06-01", "/health/live", "/health/ready"])
        {
            using var get = await _http.GetAsync(path);
            Assert.Equal(200, (int)get.StatusCode);
            Assert.NotEmpty(await get.Content.ReadAsStringAsync());
        }

        using var head = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/api/health?api-version=2022-06-01"));
        Assert.Equal(200, (int)head.StatusCode);
    }

    [Fact]
    public async Task Unknown_paths_are_404()
    {
        foreach (var path in (string[])["/nothing", "/client/nothing", "/clients/negotiate", "/server/?hub=x"])
        {
            using var response = await PostAsync(path, GatewayFixture.ClientToken(_hub));
            Assert.Equal(404, (int)response.StatusCode);
        }
    }

    private static string Sign(string head, string payload)
    {
        var signed = $"{Base64UrlEncoder.Encode(head)}.{Base64UrlEncoder.Encode(payload)}";
        var signature = System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(GatewayFixture.Key), Encoding.UTF8.GetBytes(signed));
        return $"{signed}.{Base64UrlEncoder.Encode(signature)}";
    }

    private static string Unsigned(string payload) =>
        $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{Base64UrlEncoder.Encode(payload)}.";

    private static string Changed(string token)
    {
        var parts = token.Split('.');
        parts[1] = Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(parts[1]).Replace("u1", "u2", StringComparison.Ordinal));
        return string.Join('.', parts);
    }

    private static HttpRequestMessage Post(string path, string? token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return request;
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string? token)
    {
        using var request = Post(path, token);
        return await _http.SendAsync(request);
    }

    private async Task<JsonDocument> NegotiateJsonAsync(string query, string token)
    {
        using var response = await PostAsync($"/client/negotiate?hub={_hub}{query}", token);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync());
    }
}
