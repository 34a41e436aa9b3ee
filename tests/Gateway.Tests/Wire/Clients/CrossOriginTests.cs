using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Clients;

/// <summary>The responses of the client routes that a page of another origin may read.</summary>
[Collection(SharedGateway.Name)]
public sealed class CrossOriginTests(GatewayFixture gateway)
{
    [Theory]
    [InlineData("PUT", "/client/?hub=h", 405)]
    [InlineData("GET", "/client/negotiate?hub=h", 405)]
    [InlineData("GET", "/client/nothing", 404)]
    [InlineData("POST", "/client/negotiate/nothing", 404)]
    [InlineData("GET", "/Client/../client", 400)]
    [InlineData("GET", "/client/%ff", 400)]
    [InlineData("POST", "/client/negotiate", 400)]
    [InlineData("POST", "/client/negotiate?hub=h", 401)]
    [InlineData("GET", "/client/?hub=h&id=x", 401)]
    [InlineData("POST", "/client/?hub=h&id=x", 401)]
    [InlineData("DELETE", "/client/?hub=h&id=x", 401)]
    public async Task Every_refusal_of_a_client_route_can_be_read_by_a_page(string method, string target, int status)
    {
        var response = await AskAsync(method, target, "Origin: https://app.example.com\r\n");
        Assert.Equal(status, response.Status);
        Assert.Contains("Access-Control-Allow-Origin: https://app.example.com\r\n", response.Head, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Access-Control-Allow-Credentials: true\r\n", response.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("GET", "/client/nothing", "")]
    [InlineData("GET", "/api/nothing", "Origin: https://app.example.com\r\n")]
    public async Task Others_are_told_of_no_origin(string method, string target, string origin)
    {
        var response = await AskAsync(method, target, origin);
        Assert.DoesNotContain("Access-Control", response.Head, StringComparison.OrdinalIgnoreCase);
    }

    private async Task<(int Status, string Head)> AskAsync(string method, string target, string headers)
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync($"{method} {target} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nContent-Length: 0\r\n{headers}\r\n");
        var head = await connection.ReadHeadAsync();
        return (int.Parse(head.AsSpan("HTTP/1.1 ".Length, 3)), head);
    }
}
