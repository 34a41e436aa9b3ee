using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Clients;

/// <summary>From the connection token to the first hub message, on the short path through the front and on the long path through HTTP.</summary>
public sealed class ConnectTests(ProcessGateway gateway) : IClassFixture<ProcessGateway>
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_negotiated_connection_has_the_id_that_negotiate_gave(int version)
    {
        var (id, connectionToken) = await NegotiateAsync(version, "u1");
        await using var peer = await HubPeer.ConnectAsync(
            gateway.Address, _hub, GatewayFixture.ClientToken(_hub, "u1"), HubProtocol.Json, "&id=" + connectionToken);

        var connected = await gateway.UpstreamOf(_hub).NextAsync("connected");
        Assert.Equal(version == 1, connected.ConnectionId == id);
        Assert.Matches("^[A-Za-z0-9_-]{30}$", connected.ConnectionId); // the public id, also where it is the token
        Assert.Equal("u1", connected.Header("X-ASRS-User-Id"));
        Assert.Equal("?hub=" + _hub, connected.Header("X-ASRS-Client-Query"));
    }

    [Fact]
    public async Task A_connection_token_is_good_for_one_connection_also_after_that_has_ended()
    {
        var (_, connectionToken) = await NegotiateAsync(1, null);
        var peer = await HubPeer.ConnectAsync(
            gateway.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json, "&id=" + connectionToken);
        await gateway.UpstreamOf(_hub).NextAsync("connected");

        Assert.Equal((409, ""), await RefusedAsync("&id=" + connectionToken));
        Assert.Equal((409, ""), await RefusedAsync("&id=" + connectionToken, keptAlive: true));
        await peer.CloseAsync();
        await gateway.UpstreamOf(_hub).NextAsync("disconnected");
        Assert.Equal((404, "No Connection with that ID"), await RefusedAsync("&id=" + connectionToken));
    }

    [Fact]
    public async Task Two_connects_with_one_token_at_once_give_one_connection()
    {
        for (var round = 0; round < 5; round++)
        {
            var (_, connectionToken) = await NegotiateAsync(1, null);
            var heads = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
            {
                await using var connection = await RawConnection.OpenAsync(gateway.Address);
                await connection.WriteAsync(HubPeer.UpgradeRequest(
                    gateway.Address, _hub, GatewayFixture.ClientToken(_hub), "&id=" + connectionToken));
                return (await connection.ReadHeadAsync()).Split(' ')[1];
            }));
            Assert.Equal(1, heads.Count(status => status == "101"));
            Assert.All(heads, status => Assert.Contains(status, (string[])["101", "404", "409"]));
        }
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("%00%FF")]
    [InlineData("a b")]
    public async Task An_id_that_is_no_connection_token_is_404(string id) =>
        Assert.Equal((404, "No Connection with that ID"), await RefusedAsync("&id=" + id.Replace(" ", "+", StringComparison.Ordinal)));

    [Theory]
    [InlineData("expired")]
    [InlineData("other key")]
    [InlineData("other hub")]
    [InlineData("other user")]
    [InlineData("changed")]
    public async Task A_connection_token_of_another_time_key_hub_or_user_is_404(string kind)
    {
        var clock = new OffsetTime(kind == "expired" ? TimeSpan.FromSeconds(-16) : TimeSpan.Zero);
        var key = kind == "other key" ? "another-key-of-the-wire-tests-01234567890" : GatewayFixture.Key;
        Assert.True(HubName.TryParseJoined(kind == "other hub" ? "other" : _hub, out var hub));
        var token = new ConnectionToken(new AccessKeys(Options.Create(new AccessOptions { AccessKeys = { key } })), clock)
            .Create(NodeId.Create(), hub, kind == "other user" ? "u2" : "u1", isStateful: false, out _);
        token = kind == "changed" ? (token[0] == 'A' ? 'B' : 'A') + token[1..] : token;

        Assert.Equal((404, "No Connection with that ID"), await RefusedAsync("&id=" + token, user: "u1"));
    }

    [Fact]
    public async Task A_token_that_another_node_made_is_good_here()
    {
        Assert.True(HubName.TryParseJoined(_hub, out var hub));
        var token = new ConnectionToken(
            new AccessKeys(Options.Create(new AccessOptions { AccessKeys = { GatewayFixture.SecondaryKey } })), TimeProvider.System)
            .Create(NodeId.Create(), hub, null, isStateful: false, out var id);
        await using var peer = await HubPeer.ConnectAsync(
            gateway.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json, "&id=" + token);
        Assert.Equal(id, (await gateway.UpstreamOf(_hub).NextAsync("connected")).ConnectionId);
    }

    [Fact]
    public async Task The_access_token_may_be_in_the_query_and_never_goes_upstream()
    {
        var token = GatewayFixture.ClientToken(_hub, "u1");
        await using var peer = await HubPeer.ConnectAsync(
            gateway.Address, _hub, token: null, HubProtocol.Json, $"&a=1&access_token={token}&b=%20%C3%BC&a=2");
        var connected = await gateway.UpstreamOf(_hub).NextAsync("connected");

        Assert.Equal("u1", connected.Header("X-ASRS-User-Id"));
        Assert.Equal($"?hub={_hub}&a=1&b=%20%C3%BC&a=2", connected.Header("X-ASRS-Client-Query"));
        Assert.DoesNotContain(connected.Headers, header => header.Value.Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_header_wins_over_the_query()
    {
        Assert.Equal(401, (await RefusedAsync("&access_token=" + GatewayFixture.ClientToken(_hub), token: "bad")).Status);
        await using var peer = await HubPeer.ConnectAsync(
            gateway.Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json, "&access_token=bad");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refusals_are_answered_as_http(bool keptAlive)
    {
        Assert.Equal(401, (await RefusedAsync("", token: "", keptAlive: keptAlive)).Status);
        Assert.Equal(401, (await RefusedAsync("", token: GatewayFixture.ClientToken("other"), keptAlive: keptAlive)).Status);
        Assert.Equal(400, (await RefusedAsync("&hub=x", keptAlive: keptAlive)).Status);
        Assert.Equal(400, (await RefusedAsync("", change: request => request.Replace(HubPeer.HandshakeKey, "short"), keptAlive: keptAlive)).Status);
        Assert.Equal(400, (await RefusedAsync("", change: request => request.Replace("Version: 13", "Version: 12"), keptAlive: keptAlive)).Status);
        Assert.Equal(404, (await RefusedAsync("", change: request => request.Replace("/client/", "/clients/"), keptAlive: keptAlive)).Status);

        // Without an upgrade the request is a poll, here without a connection id.
        Assert.Equal(400, (await RefusedAsync("", change: request => request.Replace("Upgrade: websocket", "Upgrade: h2c"), keptAlive: keptAlive)).Status);
    }

    [Fact]
    public async Task A_version_that_is_not_served_is_told_the_one_that_is()
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(Request("").Replace("Version: 13", "Version: 8", StringComparison.Ordinal));
        Assert.Equal("13", (await connection.ReadResponseAsync()).Header("Sec-WebSocket-Version"));
    }

    [Fact]
    public async Task A_kept_alive_connection_can_be_upgraded()
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync($"GET /api/health HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
        Assert.Equal(200, (await connection.ReadResponseAsync()).Status);
        await connection.WriteAsync(Request(""));
        await using var peer = await HubPeer.UpgradedAsync(connection, HubProtocol.Json);
        await AssertWorksAsync(peer);
    }

    [Fact]
    public async Task A_request_head_may_come_in_pieces()
    {
        var request = Request("");
        foreach (var split in (int[])[1, 4, 11, 12, 30, request.Length - 60, request.Length - 3, request.Length - 1])
        {
            await using var connection = await RawConnection.OpenAsync(gateway.Address);
            await connection.WriteAsync(request[..split]);
            await Waits.UntilAsync(() => IsRead(connection), "the gateway has read only the first piece");
            await connection.WriteAsync(request[split..]);
            await using var peer = await HubPeer.UpgradedAsync(connection, HubProtocol.Json);
            await AssertWorksAsync(peer);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Frames_may_follow_the_request_head_at_once(bool keptAlive)
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        if (keptAlive)
        {
            await connection.WriteAsync($"GET /api/health HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
            await connection.ReadResponseAsync();
        }

        byte[] frames =
        [
            .. HubPeer.Frame(Serverless.Gateway.Connections.Framing.WebSocketOpcode.Text, """{"protocol":"json","version":1}"""u8),
            .. HubPeer.Frame(Serverless.Gateway.Connections.Framing.WebSocketOpcode.Text, "\x1e"u8),
        ];
        await connection.WriteAsync((byte[])[.. System.Text.Encoding.Latin1.GetBytes(Request("")), .. frames]);
        await using var peer = await HubPeer.UpgradedAsync(connection, HubProtocol.Json);
        Assert.Equal("{}", await peer.NextHandshakeAsync());
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
    }

    [Theory]
    [InlineData("Host: ")]
    [InlineData("Connection: keep-alive, Upgrade\r\nX: ")]
    [InlineData("Connection: keep-alive\r\nConnection: Upgrade\r\nX: ")]
    [InlineData("connection:upgrade\r\nX: ")]
    public async Task Headers_may_be_written_in_every_allowed_way(string replacement)
    {
        var request = replacement.StartsWith("Host", StringComparison.Ordinal)
            ? Request("").Replace("GET /client/", "GET /client", StringComparison.Ordinal)
            : Request("").Replace("Connection: Upgrade\r\n", replacement + "1\r\n", StringComparison.Ordinal).Replace("websocket", "WebSocket", StringComparison.Ordinal);
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(request);
        await using var peer = await HubPeer.UpgradedAsync(connection, HubProtocol.Json);
        await AssertWorksAsync(peer);
    }

    [Theory]
    [InlineData("GET /client/ HTTP/1.1\r\n\r\n")] // no host
    [InlineData("GET /client/?hub=x HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("GET /client/ HTTP/9.9\r\nHost: a\r\n\r\n")]
    [InlineData("GET /client/?hub=\0 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001 not http at all\r\n\r\n")]
    public async Task What_is_no_http_is_answered_400_or_cut_off(string request)
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        await connection.WriteAsync(request);
        Assert.InRange((await connection.ReadResponseAsync()).Status, 400, 505);
    }

    [Fact]
    public async Task The_hubs_name_counts_without_case_and_goes_upstream_in_lower_case()
    {
        await using var peer = await HubPeer.ConnectAsync(
            gateway.Address, _hub.ToUpperInvariant(), GatewayFixture.ClientToken(_hub), HubProtocol.Json);
        var connected = await gateway.UpstreamOf(_hub).NextAsync("connected");
        Assert.Equal(_hub, connected.Header("X-ASRS-Hub"));
        Assert.Equal($"/up/{_hub}/connections/connected", connected.Target);
    }

    // /proc/net/tcp: "  0: 0100007F:22B8 0100007F:D431 01 00000000:00000000 …", addresses in hex, then state, then tx:rx queue.
    private bool IsRead(RawConnection connection)
    {
        var port = ((System.Net.IPEndPoint)connection.Socket.LocalEndPoint!).Port;
        var ends = $"0100007F:{gateway.Port:X4} 0100007F:{port:X4} 01 ";
        return File.ReadLines("/proc/net/tcp").Any(line => line.Contains(ends, StringComparison.Ordinal) && line.Contains(":00000000 ", StringComparison.Ordinal));
    }

    private static async Task AssertWorksAsync(HubPeer peer)
    {
        await peer.ShakeHandsAsync();
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
        await peer.CloseAsync();
    }

    private string Request(string query) => HubPeer.UpgradeRequest(gateway.Address, _hub, GatewayFixture.ClientToken(_hub), query);

    private async Task<(int Status, string Body)> RefusedAsync(
        string query, string? token = null, string? user = null, Func<string, string>? change = null, bool keptAlive = false)
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        if (keptAlive)
        {
            await connection.WriteAsync($"GET /api/health HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
            await connection.ReadResponseAsync();
        }

        var sent = token is "" ? null : token ?? GatewayFixture.ClientToken(_hub, user);
        var request = HubPeer.UpgradeRequest(gateway.Address, _hub, sent, query);
        await connection.WriteAsync(change?.Invoke(request) ?? request);
        var response = await connection.ReadResponseAsync();
        return (response.Status, response.Body);
    }

    private async Task<(string Id, string ConnectionToken)> NegotiateAsync(int version, string? user)
    {
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", GatewayFixture.ClientToken(_hub, user));
        using var response = await http.PostAsync($"/client/negotiate?hub={_hub}&negotiateVersion={version}", null);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var id = json.RootElement.GetProperty("connectionId").GetString()!;
        return (id, version == 0 ? id : json.RootElement.GetProperty("connectionToken").GetString()!);
    }

    /// <summary>The system clock with an offset.</summary>
    private sealed class OffsetTime(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + offset;
    }
}
