using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>Stateful reconnect through another node, while the node with the connection keeps running: no affinity.</summary>
public sealed class StatefulAnyNodeTests(NodesOfOneServer nodes) : IClassFixture<NodesOfOneServer>
{
    private const string Sequence1 = """{"type":9,"sequenceId":1}""";

    private readonly string _hub = GatewayFixture.NewHub();

    private UpstreamHub Upstream => nodes.Upstream.Hub(_hub);

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 1)] // lives neither where it was negotiated nor where it comes back
    public async Task A_client_that_comes_back_at_other_nodes_gets_what_it_has_missed_and_the_upstream_hears_nothing(bool binary, int owner)
    {
        var protocol = binary ? HubProtocol.MessagePack : HubProtocol.Json;
        var token = await TokenAsync(0);
        var peer = await OpenAsync(owner, token, protocol);
        await peer.ShakeHandsAsync(version: 2);
        var id = (await Upstream.NextAsync("connected")).ConnectionId;
        var sent = 0;
        foreach (var node in new[] { 2, owner, 2, 1, 0, 2 })
        {
            await SendAsync(id, ++sent);
            Assert.Equal(Message(protocol, sent), await peer.NextAsync());
            await peer.SendAsync(Numbered(protocol, 8, sent));
            if (sent % 2 == 0)
            {
                await peer.DisposeAsync(); // closed without a Close frame; otherwise the loss is not noticed
            }

            await SendAsync(id, ++sent);
            var next = await OpenAsync(node, token, protocol);
            await next.SendAsync(Numbered(protocol, 9, 1));
            // The last acknowledgement may still be in flight on the previous transport.
            var sequence = await next.NextAsync();
            var from = sequence == Numbered(protocol, 9, sent) ? sent : Math.Max(1, sent - 2);
            Assert.Equal(Numbered(protocol, 9, from), sequence);
            for (var number = from; number <= sent; number++)
            {
                Assert.Equal(Message(protocol, number), await next.NextAsync());
            }

            await peer.DisposeAsync();
            peer = next;
        }

        await peer.CloseAsync();
        Assert.Equal(id, (await Upstream.NextAsync("disconnected")).ConnectionId);
        Assert.Equal(0, Upstream.Waiting);
    }

    [Fact]
    public async Task What_it_sends_goes_upstream_once_and_in_order_whichever_node_takes_it()
    {
        var token = await TokenAsync(0);
        var peer = await ConnectAsync(0, token);
        await Upstream.NextAsync("connected");
        for (var node = 0; node < 3; node++)
        {
            await peer.SendAsync(Call($"a{node}", "x"));
            await Upstream.NextAsync($"a{node}");
            await peer.DisposeAsync();
            peer = await OpenAsync((node + 1) % 3, token);
            await peer.SendAsync($$"""{"type":9,"sequenceId":{{(2 * node) + 1}}}""");
            await peer.SendAsync(Call($"a{node}", "x"));
            await peer.SendAsync(Call($"b{node}", new string('x', 900_000))); // in many pieces
            Assert.Equal(900_000, JsonDocument.Parse((await Upstream.NextAsync($"b{node}")).Text).RootElement.GetProperty("arguments")[0].GetString()!.Length);
        }

        await peer.DisposeAsync();
        Assert.Equal(0, Upstream.Waiting);
    }

    [Fact]
    public async Task An_upstream_that_takes_nothing_holds_the_client_back_across_nodes()
    {
        var token = await TokenAsync(0);
        await using var first = await ConnectAsync(0, token);
        await Upstream.NextAsync("connected");
        Upstream.Answer = (request, _) => request.Category == "messages" ? Upstream.Gate : Task.CompletedTask;
        await using var peer = await OpenAsync(1, token);
        await peer.SendAsync(Sequence1);
        const int Calls = 150;
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (; sent < Calls; sent++)
            {
                await peer.SendAsync(Call($"m{sent}", new string('x', 300_000)));
            }
        });
        await Upstream.NextAsync("m0");

        // 45 MB are in flight: the kernel's buffers hold up to 36 MB, the nodes one or two, then the client waits.
        var before = -1;
        await Waits.UntilAsync(
            async () =>
            {
                var since = before;
                before = Volatile.Read(ref sent);
                await Task.Delay(500);
                return since == before;
            },
            "back-pressure stops the client");
        Assert.False(sending.IsCompleted);
        Upstream.LetGo();
        for (var i = 1; i < Calls; i++)
        {
            await Upstream.NextAsync($"m{i}");
        }

        await sending;
    }

    [Fact]
    public async Task A_client_that_takes_nothing_is_waited_for_across_nodes_and_gets_all_in_order()
    {
        var token = await TokenAsync(0);
        await using var first = await ConnectAsync(0, token);
        var id = (await Upstream.NextAsync("connected")).ConnectionId;
        await using var peer = await HubPeer.OpenAsync(
            nodes.Nodes[1].Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json, "&id=" + token, receiveBuffer: 4096);
        await peer.SendAsync(Sequence1);
        Assert.Equal(Sequence1, await peer.NextAsync());
        for (var i = 0; i < 9; i++)
        {
            await new RestCaller(nodes.Nodes[2].Address).SendMessageAsync(
                $"/api/v1/hubs/{_hub}/connections/{id}", "t", $"[{i},\"{new string('x', 90_000)}\"]");
        }

        for (var i = 0; i < 9; i++)
        {
            Assert.StartsWith($$"""{"type":1,"target":"t","arguments":[{{i}},""", await peer.NextAsync(), StringComparison.Ordinal);
            await peer.SendAsync($$"""{"type":8,"sequenceId":{{i + 1}}}""");
        }
    }

    [Fact]
    public async Task A_client_that_is_closed_hears_so_by_the_other_node()
    {
        var token = await TokenAsync(0);
        await using var first = await ConnectAsync(0, token);
        var id = (await Upstream.NextAsync("connected")).ConnectionId;
        await using var peer = await OpenAsync(1, token);
        await peer.SendAsync(Sequence1);
        Assert.Equal(Sequence1, await peer.NextAsync());
        Assert.Equal("end", await first.NextAsync());
        await new RestCaller(nodes.Nodes[2].Address).StatusAsync("DELETE", $"/api/v1/hubs/{_hub}/connections/{id}?reason=enough");
        Assert.Contains("enough", await peer.NextAsync(), StringComparison.Ordinal);
        Assert.Equal("close:1000", await peer.NextAsync());
        await peer.SendFrameAsync(Serverless.Gateway.Connections.Framing.WebSocketOpcode.Close, [0x03, 0xE8]);
        Assert.Equal("end", await peer.NextAsync());
        Assert.Equal(id, (await Upstream.NextAsync("disconnected")).ConnectionId);
    }

    [Fact]
    public async Task Nobody_else_comes_back_to_it_and_a_connection_that_has_ended_is_nowhere()
    {
        var token = await TokenAsync(0);
        await using var peer = await ConnectAsync(0, token);
        await Upstream.NextAsync("connected");
        Assert.StartsWith("HTTP/1.1 404 ", await TryAsync(1, token, "thief"), StringComparison.Ordinal);
        var answer = await peer.InvokeAsync("x");
        while (answer.StartsWith("""{"type":8""", StringComparison.Ordinal))
        {
            // Acknowledgements arrive once a second, between other messages.
            answer = await peer.NextAsync();
        }

        Assert.Equal("""{"type":3,"invocationId":"1"}""", answer);
        await peer.CloseAsync();
        await Upstream.NextAsync("x");
        await Upstream.NextAsync("disconnected");
        for (var node = 0; node < 3; node++)
        {
            Assert.StartsWith("HTTP/1.1 404 ", await TryAsync(node, token), StringComparison.Ordinal);
        }
    }

    private static string Call(string target, string argument) => $$"""{"type":1,"target":"{{target}}","arguments":["{{argument}}"]}""";

    private static string Numbered(HubProtocol protocol, int type, int id) =>
        protocol.IsBinary ? $"920{type}{id:x2}" : $$"""{"type":{{type}},"sequenceId":{{id}}}""";

    private static string Message(HubProtocol protocol, int number) =>
        protocol.IsBinary ? $"960180c0a17491{number:x2}90" : $$"""{"type":1,"target":"t","arguments":[{{number}}]}""";

    private Task SendAsync(string id, int number) =>
        new RestCaller(nodes.Nodes[number % 3].Address).SendMessageAsync($"/api/v1/hubs/{_hub}/connections/{id}", "t", $"[{number}]");

    private Task<string> TokenAsync(int node) =>
        HubPeer.NegotiateAsync(nodes.Nodes[node].Address, _hub, GatewayFixture.ClientToken(_hub), "&useStatefulReconnect=true");

    private async Task<string> TryAsync(int node, string token, string? user = null)
    {
        await using var raw = await RawConnection.OpenAsync(nodes.Nodes[node].Address);
        await raw.WriteAsync(HubPeer.UpgradeRequest(nodes.Nodes[node].Address, _hub, GatewayFixture.ClientToken(_hub, user), "&id=" + token));
        return await raw.ReadHeadAsync();
    }

    private Task<HubPeer> OpenAsync(int node, string token, HubProtocol? protocol = null) => HubPeer.OpenAsync(
        nodes.Nodes[node].Address, _hub, GatewayFixture.ClientToken(_hub), protocol ?? HubProtocol.Json, "&id=" + token);

    private async Task<HubPeer> ConnectAsync(int node, string token)
    {
        var peer = await OpenAsync(node, token);
        await peer.ShakeHandsAsync(version: 2);
        return peer;
    }
}
