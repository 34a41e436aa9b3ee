using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Management;

/// <summary>The gateway process reads a path in one way only: a sample of the table in Paths, run on a process.</summary>
[Collection(SharedGateway.Name)]
public sealed class RequestTargetTests(GatewayFixture gateway)
{
    private const string Usage = "/admin/usage";

    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData("{hub}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/admin/usage", "GET", 400)]
    [InlineData("{hub}/../../../../admin/usage", "GET", 400)]
    [InlineData("{hub}/.%2e/other", "POST", 400)]
    [InlineData("{hub}/..%2f..%2f..%2f..%2fadmin%2fusage", "GET", 404)]
    [InlineData("{hub}/%252e%252e/other", "POST", 404)]
    [InlineData("{hub}\\..\\other", "POST", 400)]
    [InlineData("{hub}#/../other", "POST", 400)]
    [InlineData("http://{host}{hub}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/admin/usage", "GET", 400)]
    [InlineData("http://{host}{hub}/..%2f..%2f..%2f..%2fadmin%2fusage", "GET", 404)]
    [InlineData("http://{host}/admin%2fusage", "GET", 404)]
    public async Task A_token_for_a_hub_does_not_climb_out_of_it(string target, string method, int status)
    {
        var root = $"/api/v1/hubs/{_hub}";
        var raw = target.Replace("{hub}", root, StringComparison.Ordinal).Replace("{host}", gateway.Address.Authority, StringComparison.Ordinal);
        Assert.Equal(status, (await SendAsync(method, raw, RestCaller.Token(root))).Status);
    }

    [Fact]
    public async Task The_audience_of_the_path_as_spelled_does_not_help()
    {
        var target = $"/api/v1/hubs/{_hub}/%2e%2e/%2e%2e/%2e%2e/%2e%2e{Usage}";
        Assert.Equal(400, (await SendAsync("GET", target, RestCaller.Token(target))).Status);
        Assert.Equal(200, (await SendAsync("GET", Usage, RestCaller.Token(Usage))).Status);
    }

    [Theory]
    [InlineData("/api/hubs/x/users/%2e%2e", "application/json; charset=utf-8")]
    [InlineData("/api/hubs/x/users/%2E%2E/groups/g", "application/json; charset=utf-8")]
    [InlineData("/admin/./usage", "application/json; charset=utf-8")]
    [InlineData("/api/v1/hubs/x/users/..", "text/plain; charset=utf-8")]
    [InlineData("/client/%2e?hub=x", "text/plain")]
    [InlineData("/..", "application/json; charset=utf-8")]
    public async Task A_refused_path_is_answered_in_the_form_of_its_part_of_the_api(string target, string contentType)
    {
        var response = await SendAsync("GET", target, "none");
        Assert.Equal((400, contentType), (response.Status, response.Header("Content-Type")));
        Assert.Equal(target.StartsWith("/client", StringComparison.Ordinal) ? null : "Error.Request.Invalid", response.Header("x-ms-error-code"));
        var text = contentType.StartsWith("text", StringComparison.Ordinal)
            ? response.Body
            : JsonDocument.Parse(response.Body).RootElement.GetProperty("message").GetString();
        Assert.Contains("'.' or '..' segment", text, StringComparison.Ordinal);
    }

    private async Task<RawResponse> SendAsync(string method, string target, string token)
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(
            $"{method} {target} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n");
        return await connection.ReadResponseAsync();
    }
}
