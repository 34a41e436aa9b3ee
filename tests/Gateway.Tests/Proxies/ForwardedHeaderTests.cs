using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Proxies;

/// <summary>A gateway that is configured to trust a proxy's headers.</summary>
public sealed class TrustingGateway : ProcessFixture
{
    protected override void Configure(Dictionary<string, string?> environment) => environment["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true";
}

public sealed class ForwardedHeaderTests(TrustingGateway gateway) : IClassFixture<TrustingGateway>
{
    private const string Public = "https://example.com/front";

    private static readonly (string Name, string Value)[] Forwarded =
        [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "example.com"), ("X-Forwarded-Prefix", "/front")];

    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData("", Public)]
    [InlineData("", "https://example.com")]
    [InlineData("/front", Public)] // the proxy has left the path
    [InlineData("/Front", "https://example.com")]
    public async Task The_forwarded_prefix_and_host_count_for_audiences_and_links(string left, string audience)
    {
        var path = $"/api/hubs/{_hub}/groups/g/connections";
        for (var i = 0; i < 2; i++)
        {
            var connection = await RawConnection.OpenAsync(gateway.Address);
            var upgrade = HubPeer.UpgradeRequest(
                gateway.Address, _hub, GatewayFixture.ClientToken(_hub, audience: $"{audience}/client/?hub={_hub}"), path: $"{left}/client/");
            await connection.WriteAsync(upgrade[..^2] + string.Concat(Forwarded.Select(static header => $"{header.Name}: {header.Value}\r\n")) + "\r\n");
            var peer = await HubPeer.UpgradedAsync(connection, Serverless.Protocol.HubProtocol.Json);
            await peer.ShakeHandsAsync();
            var id = (await gateway.UpstreamOf(_hub).NextAsync("connected")).ConnectionId;
            Assert.Equal(200, (await SendAsync("PUT", left, $"/api/hubs/{_hub}/groups/g/connections/{id}", audience)).Status);
        }

        var page = await SendAsync("GET", left, path, audience, "&maxpagesize=1");
        Assert.Equal(200, page.Status);
        using var json = JsonDocument.Parse(page.Body);
        Assert.StartsWith($"{Public}{path}?", json.RootElement.GetProperty("nextLink").GetString(), StringComparison.Ordinal);
    }

    private Task<RestAnswer> SendAsync(string method, string left, string path, string audience, string query = "") => gateway.Rest().SendAsync(
        method, $"{left}{path}?api-version=2024-12-01{query}", content: null, RestCaller.Token(path, audience: audience + path), Forwarded);
}

/// <summary>A gateway that does not trust a proxy's headers.</summary>
[Collection(SharedGateway.Name)]
public sealed class UntrustedHeaderTests(GatewayFixture gateway)
{
    [Fact]
    public async Task Forwarded_headers_of_a_stranger_are_not_looked_at()
    {
        var path = $"/api/hubs/{GatewayFixture.NewHub()}/:send";
        var answer = await gateway.Rest().SendAsync(
            "POST",
            $"{path}?api-version=2024-12-01",
            RestCaller.Content("""{"target":"m"}"""u8.ToArray(), "application/json"),
            RestCaller.Token(path, audience: $"https://example.com/front{path}"),
            [("X-Forwarded-Host", "example.com"), ("X-Forwarded-Prefix", "/front")]);
        Assert.Equal(401, answer.Status);
        var left = await gateway.Rest().SendAsync(
            "POST", $"/front{path}", content: null, RestCaller.Token(path), [("X-Forwarded-Prefix", "/front")]);
        Assert.Equal(404, left.Status);
    }
}
