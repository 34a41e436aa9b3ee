using Serverless.Gateway.Tests.Wire.Nodes;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>A viewer on one node receives the events of all nodes.</summary>
public sealed class LiveTraceNodesTests(NodesOfOneServer nodes) : IClassFixture<NodesOfOneServer>
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task A_viewer_sees_a_message_travel_from_node_to_node_by_one_id()
    {
        await using var watcher = await Watcher.StartAsync(nodes.Nodes[0].Address, $$"""{"hub":"{{_hub}}"}""");
        Assert.Equal(3, watcher.Nodes);
        await using var second = await ConnectAsync(1);
        await using var third = await ConnectAsync(2);
        await new RestCaller(nodes.Nodes[1].Address).SendMessageAsync($"/api/hubs/{_hub}/:send", "news");
        var accepted = await watcher.UntilAsync("MessageAccepted");
        var there = await watcher.UntilAsync("MessageDelivered", one => one.GetProperty("node").GetString() != accepted.GetProperty("node").GetString());
        Assert.Equal(accepted.GetProperty("tracingId").GetInt64(), there.GetProperty("tracingId").GetInt64());
        await watcher.UntilAsync("RestAnswered");
        await watcher.UntilAsync("MessageDelivered", one => one.GetProperty("node").GetString() == accepted.GetProperty("node").GetString());
    }

    [Fact]
    public async Task A_call_on_one_node_and_what_its_function_sends_by_another_have_one_trace_id_on_all()
    {
        await using var watcher = await Watcher.StartAsync(nodes.Nodes[2].Address, $$"""{"hub":"{{_hub}}"}""");
        await using var ann = await ConnectAsync(0, "ann");
        await nodes.Upstream.Hub(_hub).NextAsync("connected");
        await using var bob = await ConnectAsync(1, "bob");
        var id = (await nodes.Upstream.Hub(_hub).NextAsync("connected")).ConnectionId;
        nodes.Upstream.Hub(_hub).Answer = WatchedCallTests.FunctionAt(
            nodes.Nodes[2].Address, $"/api/hubs/{_hub}/:send", before: $"/api/hubs/{_hub}/groups/tea/connections/{id}");
        await ann.InvokeAsync("say");
        Assert.Contains("said", await bob.NextAsync(), StringComparison.Ordinal);

        var node = (await watcher.UntilAsync("MessageReceived")).GetProperty("node").GetString();
        var trace = (await watcher.UntilAsync("CompletionSent")).GetProperty("traceId").GetString()!;
        var joined = await watcher.UntilAsync("GroupJoined");
        var asked = await watcher.UntilAsync("RestRequest", one => one.GetProperty("tracingId").GetInt64() == joined.GetProperty("tracingId").GetInt64());
        Assert.Equal(trace, asked.GetProperty("traceId").GetString());
        await watcher.UntilAsync("RestAnswered", one => one.GetProperty("status").GetInt32() == 202);
        foreach (var user in new[] { "ann", "bob" })
        {
            var delivered = await watcher.UntilAsync("MessageDelivered", one => one.GetProperty("userId").GetString() == user);
            Assert.Equal((trace, user == "ann"), (delivered.GetProperty("traceId").GetString(), delivered.GetProperty("node").GetString() == node));
        }

        Assert.Equal(
            [
                "CompletionSent", "FanOut", "FanOut", "MessageAccepted", "MessageDelivered", "MessageDelivered", "MessageReceived", "RestAnswered", "RestAnswered",
                "RestRequest", "RestRequest", "UpstreamAnswered", "UpstreamRequest",
            ],
            watcher.Trace(trace).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_message_that_no_node_has_a_receiver_for_has_the_trace_id_of_its_call()
    {
        await using var watcher = await Watcher.StartAsync(nodes.Nodes[2].Address, $$"""{"hub":"{{_hub}}"}""");
        await using var ann = await ConnectAsync(0, "ann");
        await using var bob = await ConnectAsync(2, "bob");
        nodes.Upstream.Hub(_hub).Answer = WatchedCallTests.FunctionAt(nodes.Nodes[1].Address, $"/api/hubs/{_hub}/users/nobody/:send");
        await ann.InvokeAsync("say");
        var undelivered = await watcher.UntilAsync("MessageUndelivered");
        var received = await watcher.UntilAsync("MessageReceived");
        Assert.Equal(received.GetProperty("traceId").GetString(), undelivered.GetProperty("traceId").GetString());
    }

    [Fact]
    public async Task The_overview_adds_up_all_nodes()
    {
        await using var one = await ConnectAsync(0);
        await using var other = await ConnectAsync(2);
        await using var viewer = await Viewer.ConnectAsync(nodes.Nodes[1].Address);
        await viewer.StreamAsync("overview");
        await Waits.UntilAsync(
            async () =>
            {
                var item = (await viewer.NextAsync()).GetProperty("item");
                return item.GetProperty("nodes").GetArrayLength() == 3 && item.GetProperty("hubs").EnumerateArray().Any(
                    hub => hub.GetProperty("hub").GetString() == _hub && hub.GetProperty("connections").GetInt32() == 2);
            },
            "three nodes and two connections are listed");
    }

    [Fact]
    public async Task A_send_to_who_is_on_another_node_is_not_undelivered_and_to_nobody_is()
    {
        await using var watcher = await Watcher.StartAsync(nodes.Nodes[0].Address, $$"""{"hub":"{{_hub}}"}""");
        await using var client = await ConnectAsync(1, "ann");
        var rest = new RestCaller(nodes.Nodes[0].Address);
        await rest.SendMessageAsync($"/api/hubs/{_hub}/users/ann/:send", "here");
        await rest.SendMessageAsync($"/api/hubs/{_hub}/users/bob/:send", "nobody");
        var undelivered = await watcher.UntilAsync("MessageUndelivered");
        Assert.Equal(("user_not_connected", "nobody"), (undelivered.GetProperty("reason").GetString(), undelivered.GetProperty("target").GetString()));
        await watcher.UntilAsync("MessageDelivered", one => one.GetProperty("target").GetString() == "here");
    }

    private Task<HubPeer> ConnectAsync(int node, string? user = null) =>
        HubPeer.ConnectAsync(nodes.Nodes[node].Address, _hub, GatewayFixture.ClientToken(_hub, user), HubProtocol.Json);
}
