using System.Text.Json;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Clients;

/// <summary>
/// Stateful reconnect as in ASP.NET Core (docs/contract/hub-protocol.md#stateful-reconnect), with a client that counts messages by hand.
/// </summary>
[Collection(SharedGateway.Name)]
public sealed class StatefulReconnectTests(GatewayFixture gateway) : IDisposable
{
    private const string Invocation = """{"type":1,"invocationId":"1","target":"x","arguments":[]}""";
    private const string Completion = """{"type":3,"invocationId":"1"}""";

    private readonly string _hub = GatewayFixture.NewHub();
    private readonly HttpClient _http = new(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Negotiate_promises_it_to_those_who_ask()
    {
        Assert.True((await NegotiateAsync("&useStatefulReconnect=true")).GetProperty("useStatefulReconnect").GetBoolean());
        Assert.True((await NegotiateAsync("&UseStatefulReconnect=True")).GetProperty("useStatefulReconnect").GetBoolean());
        Assert.False((await NegotiateAsync("&useStatefulReconnect=false")).TryGetProperty("useStatefulReconnect", out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_comes_back_gets_what_it_has_missed_and_the_upstream_hears_nothing(bool binary)
    {
        var protocol = binary ? HubProtocol.MessagePack : HubProtocol.Json;
        var token = await TokenAsync();
        var first = await ConnectAsync(token, protocol);
        var id = (await gateway.UpstreamOf(_hub).NextAsync("connected")).ConnectionId;
        await SendAsync(id, "one");
        Assert.Equal(Message(protocol, "one"), await first.NextAsync());
        await SendAsync(id, "two");
        Assert.Equal(Message(protocol, "two"), await first.NextAsync());
        await first.SendAsync(Numbered(protocol, 8, 1));
        await first.DisposeAsync(); // closed without a Close frame
        await SendAsync(id, "three");

        await using var second = await OpenAsync(token, protocol);
        await second.SendAsync(Numbered(protocol, 9, 1)); // nothing sent so far
        Assert.Equal(Numbered(protocol, 9, 2), await second.NextAsync());
        Assert.Equal(Message(protocol, "two"), await second.NextAsync());
        Assert.Equal(Message(protocol, "three"), await second.NextAsync());
        await SendAsync(id, "four");
        Assert.Equal(Message(protocol, "four"), await second.NextAsync());
        Assert.Equal(200, await gateway.Rest().StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/connections/{id}"));

        await second.CloseAsync();
        Assert.Equal(id, (await gateway.UpstreamOf(_hub).NextAsync("disconnected")).ConnectionId);
    }

    [Fact]
    public async Task What_a_client_sends_again_is_dropped_and_acknowledged_again()
    {
        var token = await TokenAsync();
        var first = await ConnectAsync(token);
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        await first.SendAsync(Invocation);
        Assert.Equal(Completion, await first.NextAsync());
        Assert.Equal("""{"type":8,"sequenceId":1}""", await first.NextAsync());
        await first.DisposeAsync();

        await using var second = await OpenAsync(token);
        await second.SendAsync("""{"type":9,"sequenceId":1}""");
        await second.SendAsync(Invocation);
        await second.SendAsync("""{"type":1,"invocationId":"2","target":"y","arguments":[]}""");
        Assert.Equal("""{"type":9,"sequenceId":1}""", await second.NextAsync());
        Assert.Equal(Completion, await second.NextAsync()); // never acknowledged by the client
        Assert.Equal("""{"type":3,"invocationId":"2"}""", await second.NextAsync());
        Assert.Equal("""{"type":8,"sequenceId":2}""", await second.NextAsync());
        await gateway.UpstreamOf(_hub).NextAsync("x");
        await gateway.UpstreamOf(_hub).NextAsync("y");
        Assert.Equal(0, gateway.UpstreamOf(_hub).Waiting);
    }

    [Fact]
    public async Task A_client_that_claims_to_have_sent_more_than_came_is_closed()
    {
        var token = await TokenAsync();
        await using var peer = await ConnectAsync(token);
        await peer.SendAsync("""{"type":9,"sequenceId":2}""");
        Assert.Contains("Sequence ID greater than amount of messages we've received.", await peer.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sending_waits_while_100000_bytes_are_unacknowledged_and_goes_on_with_the_ack()
    {
        var token = await TokenAsync();
        await using var peer = await ConnectAsync(token);
        var id = (await gateway.UpstreamOf(_hub).NextAsync("connected")).ConnectionId;
        var long30k = new string('a', 30_000);
        for (var i = 0; i < 6; i++)
        {
            await SendAsync(id, long30k);
        }

        // Four messages exceed the bound; the completion of a call follows the rest.
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(Message(HubProtocol.Json, long30k), await peer.NextAsync());
        }

        await peer.SendFrameAsync(Serverless.Gateway.Connections.Framing.WebSocketOpcode.Ping, "still here"u8);
        await peer.SendAsync("""{"type":8,"sequenceId":4}""");
        Assert.Equal(Message(HubProtocol.Json, long30k), await peer.NextAsync());
        Assert.Equal(Message(HubProtocol.Json, long30k), await peer.NextAsync());
        Assert.Equal("pong:still here", await peer.NextAsync());
    }

    [Fact]
    public async Task A_second_socket_takes_over_from_one_whose_loss_nobody_noticed()
    {
        var token = await TokenAsync();
        await using var first = await ConnectAsync(token);
        var id = (await gateway.UpstreamOf(_hub).NextAsync("connected")).ConnectionId;
        await using var second = await OpenAsync(token);
        await second.SendAsync("""{"type":9,"sequenceId":1}""");
        Assert.Equal("""{"type":9,"sequenceId":1}""", await second.NextAsync());
        Assert.Equal("end", await first.NextAsync());
        await SendAsync(id, "hi");
        Assert.Equal(Message(HubProtocol.Json, "hi"), await second.NextAsync());
        Assert.Equal(0, gateway.UpstreamOf(_hub).Waiting);
    }

    [Fact]
    public async Task Many_sockets_at_once_leave_one_that_works()
    {
        var token = await TokenAsync();
        await using var first = await ConnectAsync(token);
        var id = (await gateway.UpstreamOf(_hub).NextAsync("connected")).ConnectionId;
        var peers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => OpenAsync(token)));
        await SendAsync(id, "hi");
        var all = await Task.WhenAll(peers.Select(async peer =>
        {
            var heard = new List<string>();
            while (heard.LastOrDefault() is not "end" && !heard.Contains(Message(HubProtocol.Json, "hi")))
            {
                heard.Add(await peer.NextAsync());
            }

            return heard;
        }));
        Assert.Contains(all, heard => heard.Contains(Message(HubProtocol.Json, "hi")));
        Assert.Equal(0, gateway.UpstreamOf(_hub).Waiting);
        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("&useStatefulReconnect=true", 1)]
    [InlineData("", 2)]
    public async Task Without_the_promise_or_below_version_2_a_cut_ends_the_connection(string query, int version)
    {
        var token = (await NegotiateAsync(query)).GetProperty("connectionToken").GetString()!;
        var peer = await ConnectAsync(token, version: version);
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        await peer.DisposeAsync();
        await gateway.UpstreamOf(_hub).NextAsync("disconnected");
        await using var raw = await RawConnection.OpenAsync(gateway.Address);
        await raw.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, _hub, GatewayFixture.ClientToken(_hub), "&id=" + token));
        Assert.StartsWith("HTTP/1.1 404 ", await raw.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_is_closed_while_it_is_away_is_gone()
    {
        var token = await TokenAsync();
        var peer = await ConnectAsync(token);
        var id = (await gateway.UpstreamOf(_hub).NextAsync("connected")).ConnectionId;
        await peer.DisposeAsync();
        Assert.Equal(200, await gateway.Rest().StatusAsync("DELETE", $"/api/hubs/{_hub}/connections/{id}?api-version=2022-06-01"));
        await gateway.UpstreamOf(_hub).NextAsync("disconnected");
        await using var raw = await RawConnection.OpenAsync(gateway.Address);
        await raw.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, _hub, GatewayFixture.ClientToken(_hub), "&id=" + token));
        Assert.StartsWith("HTTP/1.1 404 ", await raw.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_user_cannot_take_the_connection()
    {
        var token = await TokenAsync();
        await using var first = await ConnectAsync(token);
        await using var raw = await RawConnection.OpenAsync(gateway.Address);
        await raw.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, _hub, GatewayFixture.ClientToken(_hub, "thief"), "&id=" + token));
        Assert.StartsWith("HTTP/1.1 404 ", await raw.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(Completion, await first.InvokeAsync("x"));
    }

    private static string Numbered(HubProtocol protocol, int type, int id) =>
        protocol.IsBinary ? $"920{type}0{id}" : $$"""{"type":{{type}},"sequenceId":{{id}}}""";

    // A message 't' with one text argument.
    private static string Message(HubProtocol protocol, string text) => protocol.IsBinary
        ? "960180c0a17491" + $"a{text.Length:x}" + Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(text)) + "90"
        : $$"""{"type":1,"target":"t","arguments":["{{text}}"]}""";

    private Task SendAsync(string id, string text) =>
        gateway.Rest().SendMessageAsync($"/api/v1/hubs/{_hub}/connections/{id}", "t", $"""["{text}"]""");

    private async Task<string> TokenAsync() =>
        (await NegotiateAsync("&useStatefulReconnect=true")).GetProperty("connectionToken").GetString()!;

    private async Task<JsonElement> NegotiateAsync(string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/client/negotiate?hub={_hub}&negotiateVersion=1{query}");
        request.Headers.Authorization = new("Bearer", GatewayFixture.ClientToken(_hub));
        using var response = await _http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    private Task<HubPeer> OpenAsync(string token, HubProtocol? protocol = null) => HubPeer.OpenAsync(
        gateway.Address, _hub, GatewayFixture.ClientToken(_hub), protocol ?? HubProtocol.Json, "&id=" + token);

    private async Task<HubPeer> ConnectAsync(string token, HubProtocol? protocol = null, int version = 2)
    {
        var peer = await OpenAsync(token, protocol);
        await peer.ShakeHandsAsync(version);
        return peer;
    }
}
