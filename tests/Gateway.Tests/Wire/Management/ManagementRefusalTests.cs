using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Management;

/// <summary>The REST API's refusals: paths, methods, names, versions, tokens.</summary>
[Collection(SharedGateway.Name)]
public sealed class ManagementRefusalTests(GatewayFixture gateway)
{
    private const string Message = """{"target":"m","arguments":[1]}""";

    private readonly string _hub = GatewayFixture.NewHub();
    private readonly RestCaller _rest = gateway.Rest();

    [Theory]
    [InlineData("POST", "/api/hubs/{hub}/nothing")]
    [InlineData("POST", "/api/v2/hubs/{hub}")]
    [InlineData("GET", "/api/hubs")]
    [InlineData("GET", "/api/")]
    [InlineData("PUT", "/api/hubs/{hub}/groups//connections/c")]
    [InlineData("POST", "/api/hubs/{hub}/users/u/groups/g/x")]
    public async Task An_unknown_path_is_404_with_a_code_that_no_sdk_takes_for_an_answer(string method, string path)
    {
        var answer = await _rest.SendAsync(method, path.Replace("{hub}", _hub, StringComparison.Ordinal), Message);
        Assert.Equal((404, "Error.Request.NotExisted"), (answer.Status, answer.Code));
        Assert.Contains("/api/hubs/{hub}", answer.Detail("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PATCH", "")]
    [InlineData("DELETE", "")]
    [InlineData("PUT", "/users/u1")]
    [InlineData("POST", "/users/u1/groups/g1")]
    [InlineData("GET", "/:closeConnections")]
    public async Task Another_method_is_405(string method, string path)
    {
        var answer = await _rest.SendAsync(method, Path(path));
        Assert.Equal((405, "Error.Request.MethodNotAllowed"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("/api/hubs/1hub/:send")]
    [InlineData("/api/hubs/a%2Fb/:send")]
    [InlineData("/api/hubs/{hub}/:send?application=1app")]
    [InlineData("/api/hubs/{hub}/:send?api-version=2001-01-01")]
    [InlineData("/api/hubs/{hub}/groups/%20%20/:send")]
    [InlineData("/api/hubs/{hub}/groups/{long}/:send")]
    [InlineData("/api/hubs/{hub}/users/{long}/:send")]
    public async Task Bad_names_and_versions_are_400_and_say_what_is_wrong(string path)
    {
        var target = path.Replace("{hub}", _hub, StringComparison.Ordinal).Replace("{long}", new string('x', 1025), StringComparison.Ordinal);
        var answer = await _rest.SendAsync("POST", target, Message);
        Assert.Equal((400, "Error.Request.Invalid"), (answer.Status, answer.Code));
        Assert.Equal("application/json; charset=utf-8", answer.ContentType);
        Assert.NotEmpty(answer.Detail("message")!);
        Assert.NotEmpty(answer.Detail("target")!);
    }

    [Theory]
    [InlineData("2022-06-01")]
    [InlineData("2022-11-01")]
    [InlineData("2023-07-01")]
    [InlineData("2024-12-01")]
    [InlineData("2026-07-01")]
    [InlineData(null)]
    public async Task Every_published_version_is_taken_and_also_none(string? version) =>
        await _rest.SendMessageAsync($"/api/hubs/{_hub}/:send" + (version is null ? "" : "?api-version=" + version), "m");

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    public async Task A_bad_time_to_live_is_400(string ttl) =>
        Assert.Equal(400, await _rest.StatusAsync("PUT", Path($"/users/u/groups/g?ttl={ttl}")));

    [Fact]
    public async Task In_version_1_a_400_is_plain_text()
    {
        var answer = await _rest.SendAsync("POST", $"/api/v1/hubs/{_hub}", "x");
        Assert.Equal((400, "Error.Request.Invalid", "text/plain; charset=utf-8"), (answer.Status, answer.Code, answer.ContentType));
    }

    public static TheoryData<string, string> RefusedTokens => new()
    {
        { "garbage", "malformed" },
        { "wrong key", "not signed with an access key" },
        { "expired", "expired" },
        { "client audience", "another audience" },
        { "other path", "another audience" },
        { "other application", "another audience" },
        { "other host", "another audience" },
        { "base only", "another audience" },
    };

    [Theory]
    [MemberData(nameof(RefusedTokens))]
    public async Task A_bad_token_is_401_and_says_why(string kind, string reason)
    {
        var path = Path("/:send");
        var token = kind switch
        {
            "garbage" => "x",
            "wrong key" => RestCaller.Token(path, "another-key-of-the-wire-tests-01234567890"),
            "expired" => RestCaller.Token(path, lifetime: TimeSpan.FromSeconds(-5)),
            "client audience" => GatewayFixture.ClientToken(_hub),
            "other path" => RestCaller.Token(Path("/users/u1/:send")),
            "other application" => RestCaller.Token(path, audience: $"http://127.0.0.1{path}?application=shop&api-version=2022-06-01"),
            "other host" => RestCaller.Token(path, audience: "http://example.com" + path),
            _ => RestCaller.Token(path, audience: "http://127.0.0.1/"),
        };
        var answer = await _rest.SendAsync("POST", path, Message, token);
        Assert.Equal((401, "Error.Request.Unauthorized"), (answer.Status, answer.Code));
        Assert.Contains(reason, answer.Detail("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_token_at_all_is_401()
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync($"HEAD {Path("/users/u1")} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
        var response = await connection.ReadResponseAsync(isHead: true);
        Assert.Equal((401, "Error.Request.Unauthorized", "Bearer"), (response.Status, response.Header("x-ms-error-code"), response.Header("WWW-Authenticate")));
    }

    [Fact]
    public async Task Every_form_of_a_good_token_is_let_in()
    {
        var path = Path("/users/a%2Fb/:send");
        foreach (var audience in (string[])
            [$"http://127.0.0.1{path}", $"http://127.0.0.1{path}/", $"http://127.0.0.1:{gateway.Port}{path}", $"https://127.0.0.1{path}",
             $"http://127.0.0.1{path}?api-version=2022-06-01",
             $"http://127.0.0.1{Path("/users/a%2fb/%3Asend")}"])
        {
            Assert.Equal(202, (await _rest.SendAsync("POST", path + "?api-version=2022-06-01&excluded=x", Message, RestCaller.Token(path, audience: audience))).Status);
        }

        var application = "?application=Shop&api-version=2022-06-01";
        Assert.Equal(202, (await _rest.SendAsync("POST", path + application, Message, RestCaller.Token(path, audience: $"http://127.0.0.1{path}{application}"))).Status);
        Assert.Equal(202, (await _rest.SendAsync("POST", path, Message, RestCaller.Token(path, GatewayFixture.SecondaryKey))).Status);
        Assert.Equal(202, (await _rest.SendAsync(
            "POST", $"/api/v1/hubs/{_hub}/users/u1", Message, RestCaller.Token("", audience: $"http://127.0.0.1/api/v1/hubs/{_hub}"))).Status);
    }

    private string Path(string path) => $"/api/hubs/{_hub}{path}";
}
