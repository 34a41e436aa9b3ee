using System.Globalization;
using Serverless.Gateway.Tests.Wire.Nodes;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Processes;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Faults;

/// <summary>
/// A node dies, or is silent for a while: the upstream receives exactly one disconnected event for each connection.
/// </summary>
public sealed class LostNodeTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly string _hub = GatewayFixture.NewHub();
    private readonly List<ServerProcess> _nodes = [];
    private RedisServer _redis = null!;
    private UpstreamRecorder _upstream = null!;

    private UpstreamHub Upstream => _upstream.Hub(_hub);

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _upstream = await UpstreamRecorder.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            var node = await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["DOTNET_ENVIRONMENT"] = null,
                ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
                ["Gateway__Redis"] = _redis.Address,
                ["Gateway__Nodes__Timeout"] = Timeout.ToString("c", CultureInfo.InvariantCulture),
                ["UpstreamSettings__Templates__0__UrlTemplate"] = _upstream.Template,
            });
            _nodes.Add(node);
            await ManyNodes.JoinedAsync(node);
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _upstream.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task A_killed_nodes_connections_are_reported_once_with_the_reason()
    {
        var lost = await ConnectAsync(0, "ü1");
        await using var kept = (await ConnectAsync(1, "u2")).Peer;
        var rest = new RestCaller(_nodes[1].Address);
        await rest.StatusAsync("PUT", $"/api/v1/hubs/{_hub}/groups/g/connections/{lost.Id}");
        Assert.Equal(200, await rest.StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/groups/g"));

        await _nodes[0].KillAsync();
        Assert.Equal(404, await rest.StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/groups/g")); // routing has no stale entry
        var disconnected = await Upstream.NextAsync("disconnected");
        Assert.Equal(lost.Id, disconnected.ConnectionId);
        Assert.Contains("node", disconnected.Text, StringComparison.Ordinal);
        Assert.Equal("%C3%BC1", disconnected.Header("X-ASRS-User-Id"));
        Assert.Equal(UpstreamSignature.Compute(lost.Id, [GatewayFixture.Key]), disconnected.Header("X-ASRS-Signature"));
        await NobodyElseIsReportedAsync();
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await kept.InvokeAsync("x"));
    }

    [Fact]
    public async Task A_frozen_node_closes_its_given_up_clients_when_it_wakes_and_reports_nobody_again()
    {
        var frozen = await ConnectAsync(0, "u1");
        _nodes[0].Freeze();
        var disconnected = await Upstream.NextAsync("disconnected");
        Assert.Equal(frozen.Id, disconnected.ConnectionId);

        // No node waits for the suspended node's replies any more: it is not a subscriber.
        Assert.Equal(":0", await _redis.AskAsync($"PUBLISH sg:{{{_hub}}}:u:u1 x"));
        Assert.Equal(404, await new RestCaller(_nodes[1].Address).StatusAsync("HEAD", $"/api/v1/hubs/{_hub}/users/u1"));

        _nodes[0].Thaw();
        Assert.Contains("\"allowReconnect\":true", await frozen.Peer.NextAsync(), StringComparison.Ordinal);
        await NobodyElseIsReportedAsync();

        // The node serves again.
        await ManyNodes.JoinedAsync(_nodes[0]);
        await using var back = (await ConnectAsync(0, "u1")).Peer;
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await back.InvokeAsync("x"));
    }

    [Fact]
    public async Task A_client_that_left_a_frozen_node_is_not_reported_again_when_it_wakes()
    {
        var frozen = await ConnectAsync(0, "u1");
        _nodes[0].Freeze();
        Assert.Equal(frozen.Id, (await Upstream.NextAsync("disconnected")).ConnectionId);
        await frozen.Peer.DisposeAsync();
        _nodes[0].Thaw();
        await NobodyElseIsReportedAsync();
    }

    [Fact]
    public async Task A_slow_upstream_does_not_make_the_node_that_reports_seem_lost()
    {
        var lost = await ConnectAsync(0, "u1");
        await using var one = (await ConnectAsync(1, "u2")).Peer;
        await using var other = (await ConnectAsync(2, "u3")).Peer;
        using var health = System.Text.Json.JsonDocument.Parse((await new RestCaller(_nodes[0].Address).SendAsync("GET", "/api/health")).Body);
        var lease = $"sg:lease:{{{health.RootElement.GetProperty("node").GetString()}}}";
        Upstream.Answer = (request, _) => request.Event == "disconnected" ? Upstream.Gate : Task.CompletedTask;

        await _nodes[0].KillAsync();
        Assert.Equal(lost.Id, (await Upstream.NextAsync("disconnected")).ConnectionId);
        await NobodyElseIsReportedAsync();
        var left = int.Parse((await _redis.AskAsync($"PTTL {lease}"))[1..], CultureInfo.InvariantCulture);
        Assert.InRange(left, 26_000, 30_000); // renewed, although no reply has arrived
        Assert.All(_nodes[1..], node => Assert.DoesNotContain("given this one up", node.Log, StringComparison.Ordinal));

        Upstream.LetGo();
        await Waits.UntilAsync(async () => await _redis.AskAsync($"EXISTS {lease}") == ":0", "the report is closed");
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await one.InvokeAsync("x"));
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await other.InvokeAsync("x"));
    }

    [Fact]
    public async Task A_node_that_is_stopped_reports_its_connections_itself()
    {
        var client = await ConnectAsync(0, "u1");
        await _nodes[0].StopAsync();
        Assert.Equal(client.Id, (await Upstream.NextAsync("disconnected")).ConnectionId);
        await NobodyElseIsReportedAsync();
    }

    [Fact]
    public async Task Nobody_is_given_up_while_redis_restarts_without_its_data()
    {
        var client = await ConnectAsync(0, "u1");
        await _redis.KillAsync();
        await Task.Delay(Timeout);
        await _redis.RestartAsync();
        foreach (var node in _nodes)
        {
            await ManyNodes.JoinedAsync(node);
        }

        await NobodyElseIsReportedAsync();
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await client.Peer.InvokeAsync("x"));
        await Upstream.NextAsync("x");

        // The ledger has been restored.
        await _nodes[0].KillAsync();
        Assert.Equal(client.Id, (await Upstream.NextAsync("disconnected")).ConnectionId);
    }

    [Fact]
    public async Task A_client_that_came_back_by_another_node_loses_nothing_by_that_nodes_end_and_all_by_its_owns()
    {
        const string Sequence1 = """{"type":9,"sequenceId":1}""";
        var token = await HubPeer.NegotiateAsync(
            _nodes[0].Address, _hub, GatewayFixture.ClientToken(_hub), "&useStatefulReconnect=true");
        Task<HubPeer> OpenAsync(int node) =>
            HubPeer.OpenAsync(_nodes[node].Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json, "&id=" + token);
        await using var first = await OpenAsync(0);
        await first.ShakeHandsAsync(version: 2);
        var id = (await Upstream.NextAsync("connected")).ConnectionId;

        await using var second = await OpenAsync(1);
        await second.SendAsync(Sequence1);
        Assert.Equal(Sequence1, await second.NextAsync());
        Assert.Equal(0, await _nodes[1].StopAsync());
        Assert.Equal("end", await second.NextAsync());

        await using var third = await OpenAsync(2);
        await new RestCaller(_nodes[2].Address).SendMessageAsync($"/api/v1/hubs/{_hub}/connections/{id}", "t", "[1]");
        await third.SendAsync(Sequence1);
        Assert.Equal(Sequence1, await third.NextAsync());
        Assert.Equal("""{"type":1,"target":"t","arguments":[1]}""", await third.NextAsync());
        var answer = await third.InvokeAsync("x");
        while (answer.StartsWith("""{"type":8""", StringComparison.Ordinal))
        {
            answer = await third.NextAsync(); // acknowledgements come once a second
        }

        Assert.Equal("""{"type":3,"invocationId":"1"}""", answer);
        await Upstream.NextAsync("x");

        await _nodes[0].KillAsync();
        Assert.Equal("end", (await third.ToEndAsync()).Split(' ')[^1]);
        await using var raw = await RawConnection.OpenAsync(_nodes[2].Address);
        await raw.WriteAsync(HubPeer.UpgradeRequest(_nodes[2].Address, _hub, GatewayFixture.ClientToken(_hub), "&id=" + token));
        Assert.StartsWith("HTTP/1.1 404 ", await raw.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(id, (await Upstream.NextAsync("disconnected")).ConnectionId);
        await NobodyElseIsReportedAsync();
    }

    [Fact]
    public async Task Each_node_looks_after_a_few_others_and_together_they_look_after_all()
    {
        const int Others = 60;
        for (var i = 0; i < Others; i++)
        {
            await _redis.AskAsync($"SET sg:beat:{{other{i:00}.1}} 1");
            await _redis.AskAsync($"HSET sg:nodes other{i:00}.1 1");
        }

        // Both nodes may have been in the middle of a check.
        var (asked, beats) = (await _redis.CallsOfAsync("exists"), await _redis.CallsOfAsync("hkeys"));
        await Waits.UntilAsync(async () => await _redis.CallsOfAsync("hkeys") >= beats + 15, "the nodes have checked each other");
        beats = await _redis.CallsOfAsync("hkeys") - beats;
        asked = await _redis.CallsOfAsync("exists") - asked;
        Assert.InRange(asked, 8 * (beats - 6), 12 * (beats + 6)); // eight living nodes per check

        // The node after a real node on the ring is one of those that the real node monitors.
        var lives = (await _redis.ListAsync("HKEYS sg:nodes")).Order(StringComparer.Ordinal).ToList();
        var real = lives.FindIndex(life => !life.StartsWith("other", StringComparison.Ordinal));
        var lost = lives.Skip(real).Concat(lives).First(life => life.StartsWith("other", StringComparison.Ordinal));
        await _redis.AskAsync($"DEL sg:beat:{{{lost}}}");
        await Waits.UntilAsync(async () => await _redis.AskAsync($"HEXISTS sg:nodes {lost}") == ":0", "the lost node is given up");
        Assert.Equal(Others - 1, (await _redis.ListAsync("HKEYS sg:nodes")).Count(life => life.StartsWith("other", StringComparison.Ordinal)));
    }

    // Waits long enough for any other node to detect a loss.
    private async Task NobodyElseIsReportedAsync()
    {
        await Task.Delay(Timeout * 2.5);
        Assert.Equal(0, Upstream.Waiting);
    }

    private async Task<(HubPeer Peer, string Id)> ConnectAsync(int node, string user)
    {
        var peer = await HubPeer.ConnectAsync(_nodes[node].Address, _hub, GatewayFixture.ClientToken(_hub, user), HubProtocol.Json);
        return (peer, (await Upstream.NextAsync("connected")).ConnectionId);
    }
}
