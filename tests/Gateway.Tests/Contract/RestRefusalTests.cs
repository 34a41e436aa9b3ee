using System.Text;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Contract;

/// <summary>Every refusal has a code in <c>x-ms-error-code</c> and a message that states the fix.</summary>
[Collection(SharedGateway.Name)]
public sealed class RestRefusalTests(GatewayFixture gateway)
{
    private const string Message = """{"target":"m"}""";

    private readonly string _hub = GatewayFixture.NewHub();

    // The operations of dated versions only: method, path after the hub, body.
    public static TheoryData<string, string> NewerOperations => new()
    {
        { "POST", "/:generateToken" },
        { "POST", "/:execute" },
        { "POST", "/connections/c/:invoke" },
        { "POST", "/connections/c/streams/1/:send" },
        { "POST", "/connections/c/streams/1/:complete" },
        { "GET", "/groups/g/connections" },
    };

    public static TheoryData<string, string, string, string, int, string, string> Refusals => new()
    {
        { "POST", "/api/hubs/{hub}/:send?api-version=2021-01-01", "application/json", Message, 400, "Invalid", "Use one of 2022-06-01" },
        { "POST", "/api/hubs/{hub}/:send?api-version=", "application/json", Message, 400, "Invalid", "Use one of 2022-06-01" },
        { "POST", "/api/v2/hubs/{hub}", "application/json", Message, 404, "NotExisted", "Paths begin with /api/hubs/{hub}" },
        { "PATCH", "/api/hubs/{hub}/users/u", "application/json", Message, 405, "MethodNotAllowed", "see the Allow header" },
        { "POST", "/api/hubs/{hub}/:send", "text/plain", Message, 415, "UnsupportedMediaType", "application/json" },
        { "POST", "/api/hubs/{hub}/:send", "application/json", "{big}", 413, "TooLarge", "1048576 bytes" },
        { "POST", "/api/v1/hubs/{hub}", "application/json", "{big}", 413, "TooLarge", "1048576 bytes" },
        { "POST", "/api/hubs/{hub}/:send", "application/json", "{}", 400, "Invalid", "target" },
        { "POST", "/api/hubs/1bad/:send", "application/json", Message, 400, "Invalid", "128 characters" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_has_a_code_and_says_what_to_do(
        string method, string path, string mediaType, string body, int status, string code, string advice)
    {
        var text = body == "{big}" ? $$"""{"target":"m","arguments":["{{new string('x', 1024 * 1024)}}"]}""" : body;
        var answer = await gateway.Rest().SendAsync(
            method, path.Replace("{hub}", _hub, StringComparison.Ordinal), RestCaller.Content(Encoding.UTF8.GetBytes(text), mediaType));
        Assert.Equal((status, "Error.Request." + code), (answer.Status, answer.Code));
        Assert.Contains(advice, answer.Detail("message"), StringComparison.Ordinal);
        Assert.Equal(answer.Code, answer.Detail("code"));
    }

    [Theory]
    [MemberData(nameof(NewerOperations))]
    public async Task A_newer_operation_is_404_in_version_1_and_the_answer_names_the_version_that_has_it(string method, string path)
    {
        foreach (var form in (string[])["/api/v1/hubs/", "/api/v1-preview/hubs/"])
        {
            var answer = await gateway.Rest().SendAsync(method, form + _hub + path, method == "GET" ? null : Message);
            Assert.Equal((404, "Error.Request.NotExisted"), (answer.Status, answer.Code));
            Assert.Contains("?api-version=2024-12-01", answer.Detail("message"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Streams_are_fed_under_the_version_that_newer_sdks_send()
    {
        // docs/contract/rest-api.md#versions: 2022-06-01 for operations that the documents contain only in 2024-12-01.
        var rest = gateway.Rest();
        var (peer, id) = await gateway.ConnectKnownAsync(_hub, "u1");
        var stream = $"/api/hubs/{_hub}/connections/{id}/streams/7";
        Assert.Equal(202, await rest.StatusAsync("POST", $"{stream}/:send?api-version=2022-06-01", "1"));
        Assert.Equal(202, await rest.StatusAsync("POST", $"{stream}/:complete?api-version=2022-06-01&error=no"));
        Assert.Equal("""{"type":2,"invocationId":"7","item":1}""", await peer.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"7","error":"no"}""", await peer.NextAsync());
        await peer.DisposeAsync();
    }

    [Theory]
    [InlineData("/api/hubs/{hub}/:send?api-version=2022-06-01")]
    [InlineData("/api/v1/hubs/{hub}")]
    public async Task Headers_over_16_kb_are_refused_with_a_code_and_advice(string path)
    {
        var target = path.Replace("{hub}", _hub, StringComparison.Ordinal);
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(
            $"POST {target} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nAuthorization: Bearer {RestCaller.Token(target)}\r\n"
            + $"X-Padding: {new string('x', 17_000)}\r\nContent-Type: application/json\r\nContent-Length: {Message.Length}\r\n\r\n{Message}");
        var answer = await connection.ReadResponseAsync();
        Assert.Equal((413, "Error.Request.TooLarge"), (answer.Status, answer.Header("x-ms-error-code")));
        Assert.Contains("16384 bytes", answer.Body, StringComparison.Ordinal);
        Assert.Contains("Make the access token smaller", answer.Body, StringComparison.Ordinal);
    }
}
