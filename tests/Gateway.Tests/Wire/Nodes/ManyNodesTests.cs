using System.Text.Json;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Processes;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Nodes;

/// <summary>Three gateways over Redis, and an upstream.</summary>
public abstract class ManyNodes : IAsyncLifetime
{
    internal UpstreamRecorder Upstream { get; private set; } = null!;

    internal IReadOnlyList<IRunningServer> Nodes { get; private set; } = [];

    public async Task InitializeAsync()
    {
        var redis = await StartRedisAsync();
        Upstream = await UpstreamRecorder.StartAsync(isInMemory: true);
        Nodes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartNodeAsync(redis)));
    }

    public virtual async Task DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await Upstream.DisposeAsync();
    }

    /// <summary>Starts the Redis that joins the nodes and returns its address.</summary>
    protected abstract Task<string> StartRedisAsync();

    private async Task<IRunningServer> StartNodeAsync(string redis)
    {
        var node = await MemoryGateway.StartAsync(new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            ["Gateway__Redis"] = redis,
            ["UpstreamSettings__Templates__0__UrlTemplate"] = Upstream.Template,
        });
        await JoinedAsync(node);
        return node;
    }

    internal static Task JoinedAsync(IRunningServer node) => Waits.UntilAsync(
        async () => (await new RestCaller(node.Address).SendAsync("GET", "/api/health")).Body.Contains("\"redis\":\"Connected\"", StringComparison.Ordinal),
        "the node has joined the others");
}

/// <summary>Three gateways over one Redis server.</summary>
public sealed class NodesOfOneServer : ManyNodes
{
    internal RedisServer Redis { get; private set; } = null!;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }
    }

    protected override async Task<string> StartRedisAsync() => (Redis = await RedisServer.StartAsync()).Address;
}

/// <summary>Three gateways over a Redis cluster.</summary>
public sealed class NodesOfACluster : ManyNodes
{
    internal RedisCluster Redis { get; private set; } = null!;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }
    }

    protected override async Task<string> StartRedisAsync() => (Redis = await RedisCluster.StartAsync()).Address;
}

public sealed class ManyNodesTests(NodesOfOneServer nodes) : ManyNodesContract(nodes), IClassFixture<NodesOfOneServer>;

public sealed class ManyNodesOfAClusterTests(NodesOfACluster nodes) : ManyNodesContract(nodes), IClassFixture<NodesOfACluster>
{
    [Fact]
    public async Task Order_holds_in_each_hub_wherever_its_slot_is()
    {
        // Two hubs per server.
        var hubs = new List<(string Name, int Server)>();
        for (var i = 0; hubs.Count < 2 * nodes.Redis.Servers.Count; i++)
        {
            var name = $"{GatewayFixture.NewHub()}{i}";
            var server = (await nodes.Redis.PlaceOfAsync($"sg:{{{name}}}:a")).Server;
            if (hubs.Count(hub => hub.Server == server) < 2)
            {
                hubs.Add((name, server));
            }
        }

        await Task.WhenAll(hubs.Select(hub => OrderHoldsAsync(hub.Name)));
    }

    private async Task OrderHoldsAsync(string hub)
    {
        await using var peer = await HubPeer.ConnectAsync(nodes.Nodes[1].Address, hub, GatewayFixture.ClientToken(hub, "u1"), HubProtocol.Json);
        var id = (await nodes.Upstream.Hub(hub).NextAsync("connected")).ConnectionId;
        var rest = new RestCaller(nodes.Nodes[0].Address);
        Assert.Equal(200, await rest.StatusAsync("PUT", $"/api/v1/hubs/{hub}/groups/g/connections/{id}"));
        string[] targets = ["", "/groups/g", "/users/u1", $"/connections/{id}"];
        for (var i = 0; i < 40; i++)
        {
            await rest.SendMessageAsync($"/api/v1/hubs/{hub}{targets[i % targets.Length]}", "n", $"[{i}]");
        }

        for (var i = 0; i < 40; i++)
        {
            Assert.Equal($$"""{"type":1,"target":"n","arguments":[{{i}}]}""", await peer.NextAsync());
        }
    }
}

/// <summary>The operations of a caller of any node reach the clients of every node.</summary>
public abstract class ManyNodesContract(ManyNodes nodes)
{
    private const string Version = "api-version=2024-12-01";

    private readonly string _hub = GatewayFixture.NewHub();

    private RestCaller this[int node] => new(nodes.Nodes[node].Address);

    [Fact]
    public async Task Sends_reach_clients_of_every_node()
    {
        var clients = await Task.WhenAll(ConnectAsync(0, "u1"), ConnectAsync(1, "u1"), ConnectAsync(2, "u2"));
        Assert.Equal(200, await this[0].StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g/connections/{clients[2].Id}?{Version}"));
        await SendAsync(0, "/:send", "all");
        await SendAsync(1, $"/:send?excluded={clients[0].Id}", "but one");
        await SendAsync(2, "/users/u1/:send", "user");
        await SendAsync(0, "/groups/g/:send", "group");
        await SendAsync(1, $"/groups/g/:send?excluded={clients[2].Id}", "nobody");
        await SendAsync(0, $"/connections/{clients[1].Id}/:send", "connection");
        await SendAsync(0, "/:send", "end");

        // Messages of one node keep their order; messages of several nodes have no common order.
        Assert.Equal(["all", "end", "user"], await HeardAsync(clients[0].Peer, 3));
        Assert.Equal(["all", "but one", "connection", "end", "user"], await HeardAsync(clients[1].Peer, 5));
        Assert.Equal(["all", "but one", "end", "group"], await HeardAsync(clients[2].Peer, 4));
    }

    [Fact]
    public async Task Messages_of_one_caller_keep_their_order_across_all_kinds_of_target()
    {
        var client = await ConnectAsync(1, "u1", HubProtocol.MessagePack);
        await this[1].StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g/connections/{client.Id}?{Version}");
        string[] targets = ["", "/groups/g", "/users/u1", $"/connections/{client.Id}"];
        for (var i = 0; i < 200; i++)
        {
            await this[0].SendMessageAsync($"/api/v1/hubs/{_hub}{targets[i % targets.Length]}", "n", $"[{i}]");
        }

        for (var i = 0; i < 200; i++)
        {
            var expected = i < 128 ? $"{i:x2}" : $"cc{i:x2}";
            Assert.Equal($"960180c0a16e91{expected}90", await client.Peer.NextAsync());
        }
    }

    [Fact]
    public async Task Checks_find_what_is_on_another_node()
    {
        var client = await ConnectAsync(0, "u1");
        await this[1].StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g/connections/{client.Id}?{Version}");
        for (var node = 0; node < 3; node++)
        {
            Assert.Equal(200, await this[node].StatusAsync("HEAD", $"/api/hubs/{_hub}/connections/{client.Id}?{Version}"));
            Assert.Equal(200, await this[node].StatusAsync("HEAD", $"/api/hubs/{_hub}/users/u1?{Version}"));
            Assert.Equal(200, await this[node].StatusAsync("HEAD", $"/api/hubs/{_hub}/groups/g?{Version}"));
            Assert.Equal(200, await this[node].StatusAsync("HEAD", $"/api/hubs/{_hub}/users/u1/groups/g?{Version}"));
            Assert.Equal(404, await this[node].StatusAsync("HEAD", $"/api/hubs/{_hub}/connections/nobody?{Version}"));
            Assert.Equal(404, await this[node].StatusAsync("HEAD", $"/api/hubs/{_hub}/users/u2?{Version}"));
            Assert.Equal(404, await this[node].StatusAsync("HEAD", $"/api/hubs/{_hub}/groups/h?{Version}"));
        }

        await client.Peer.CloseAsync();
        await Upstream.NextAsync("disconnected");
        for (var node = 0; node < 3; node++)
        {
            Assert.Equal(404, await this[node].StatusAsync("HEAD", $"/api/hubs/{_hub}/users/u1?{Version}"));
        }
    }

    [Fact]
    public async Task Groups_are_changed_by_any_node()
    {
        var client = await ConnectAsync(0, "u1");
        Assert.Equal(200, await this[1].StatusAsync("PUT", $"/api/hubs/{_hub}/groups/a/connections/{client.Id}?{Version}"));
        Assert.Equal(200, await this[1].StatusAsync("PUT", $"/api/hubs/{_hub}/groups/b/connections/{client.Id}?{Version}"));
        Assert.Equal(200, await this[2].StatusAsync("DELETE", $"/api/hubs/{_hub}/groups/a/connections/{client.Id}?{Version}"));
        await SendAsync(1, "/groups/a/:send", "a");
        await SendAsync(1, "/groups/b/:send", "b");
        Assert.Equal(["b"], await HeardAsync(client.Peer, 1));
        Assert.Equal(200, await this[1].StatusAsync("DELETE", $"/api/hubs/{_hub}/connections/{client.Id}/groups?{Version}"));
        Assert.Equal(404, await this[0].StatusAsync("HEAD", $"/api/hubs/{_hub}/groups/b?{Version}"));

        Assert.Equal(200, await this[2].StatusAsync("PUT", $"/api/hubs/{_hub}/users/u1/groups/c?{Version}"));
        await SendAsync(0, "/groups/c/:send", "c");
        Assert.Equal(["c"], await HeardAsync(client.Peer, 1));
        Assert.Equal(204, await this[1].StatusAsync("DELETE", $"/api/hubs/{_hub}/users/u1/groups?{Version}"));
        Assert.Equal(404, await this[2].StatusAsync("HEAD", $"/api/hubs/{_hub}/groups/c?{Version}"));
        Assert.Equal(404, await this[2].StatusAsync("PUT", $"/api/hubs/{_hub}/groups/a/connections/nobody?{Version}"));
    }

    [Fact]
    public async Task A_group_is_listed_whole()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 9).Select(i => ConnectAsync(i % 3, $"u{i}")));
        foreach (var (_, id) in clients)
        {
            await this[0].StatusAsync("PUT", $"/api/hubs/{_hub}/groups/g/connections/{id}?{Version}");
        }

        var answer = await this[1].SendAsync("GET", $"/api/hubs/{_hub}/groups/g/connections?{Version}");
        using var page = JsonDocument.Parse(answer.Body);
        Assert.Equal(
            clients.Select(client => client.Id).Order(StringComparer.Ordinal),
            page.RootElement.GetProperty("value").EnumerateArray().Select(member => member.GetProperty("connectionId").GetString()));
    }

    [Fact]
    public async Task Clients_are_closed_from_any_node()
    {
        var clients = await Task.WhenAll(ConnectAsync(0, "u1"), ConnectAsync(1, "u2"), ConnectAsync(2, "u3"), ConnectAsync(2, "u4"));
        Assert.Equal(200, await this[1].StatusAsync("DELETE", $"/api/hubs/{_hub}/connections/{clients[0].Id}?reason=one&{Version}"));
        Assert.Contains("\"error\":\"one\"", await clients[0].Peer.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(404, await this[1].StatusAsync("DELETE", $"/api/hubs/{_hub}/connections/{clients[0].Id}x?{Version}"));
        Assert.Equal(204, await this[0].StatusAsync("POST", $"/api/hubs/{_hub}/users/u2/:closeConnections?reason=two&{Version}"));
        Assert.Contains("\"error\":\"two\"", await clients[1].Peer.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(204, await this[0].StatusAsync("POST", $"/api/hubs/{_hub}/:closeConnections?reason=all&excluded={clients[3].Id}&{Version}"));
        Assert.Contains("\"error\":\"all\"", await clients[2].Peer.NextAsync(), StringComparison.Ordinal);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await clients[3].Peer.InvokeAsync("still here"));
    }

    [Fact]
    public async Task A_client_of_another_node_is_called_and_answers()
    {
        var client = await ConnectAsync(2, "u1");
        var call = this[0].SendAsync("POST", $"/api/hubs/{_hub}/connections/{client.Id}/:invoke?{Version}", """{"target":"add","arguments":[1]}""");
        using (var asked = JsonDocument.Parse(await client.Peer.NextAsync()))
        {
            await client.Peer.SendAsync($$"""{"type":3,"invocationId":"{{asked.RootElement.GetProperty("invocationId").GetString()}}","result":[2]}""");
        }

        var answer = await call;
        Assert.Equal((200, """{"result":[2]}"""), (answer.Status, answer.Body));
        Assert.Equal(404, await this[0].StatusAsync("POST", $"/api/hubs/{_hub}/connections/{client.Id[..^1]}_/:invoke?{Version}", """{"target":"add"}"""));
    }

    [Fact]
    public async Task Commands_are_done_on_every_node()
    {
        var clients = await Task.WhenAll(ConnectAsync(0, "red-1"), ConnectAsync(1, "red-2"), ConnectAsync(2, "blue"));
        var answer = await this[1].SendAsync(
            "POST",
            $"/api/hubs/{_hub}/:execute?{Version}&filter={Uri.EscapeDataString("startswith(userId, 'red-')")}",
            """[{"type":"JoinGroup","group":"red"},{"type":"SendMessage","message":{"target":"painted"}}]""");
        Assert.Equal(202, answer.Status);
        await SendAsync(2, "/groups/red/:send", "group");
        await SendAsync(2, "/:send", "end");
        Assert.Equal(["end", "group", "painted"], await HeardAsync(clients[0].Peer, 3));
        Assert.Equal(["end", "group", "painted"], await HeardAsync(clients[1].Peer, 3));
        Assert.Equal(["end"], await HeardAsync(clients[2].Peer, 1));
    }

    [Fact]
    public async Task A_client_may_negotiate_with_one_node_and_connect_to_another_once()
    {
        var (token, id) = await NegotiateAsync(0);
        await using var peer = await HubPeer.ConnectAsync(nodes.Nodes[1].Address, _hub, GatewayFixture.ClientToken(_hub), HubProtocol.Json, "&id=" + token);
        Assert.Equal(id, (await Upstream.NextAsync("connected")).ConnectionId);
        await using var again = await RawConnection.OpenAsync(nodes.Nodes[2].Address);
        await again.WriteAsync(HubPeer.UpgradeRequest(nodes.Nodes[2].Address, _hub, GatewayFixture.ClientToken(_hub), "&id=" + token));
        Assert.StartsWith("HTTP/1.1 404 ", await again.ReadHeadAsync(), StringComparison.Ordinal);

        // The message arrives at the receiver's node, whichever node sends it.
        for (var node = 0; node < 3; node++)
        {
            await SendAsync(node, $"/connections/{id}/:send", $"from {node}");
            Assert.Equal([$"from {node}"], await HeardAsync(peer, 1));
            Assert.Equal(200, await this[node].StatusAsync("HEAD", $"/api/hubs/{_hub}/connections/{id}?{Version}"));
        }

        Assert.Equal(200, await this[0].StatusAsync("DELETE", $"/api/hubs/{_hub}/connections/{id}?{Version}"));
    }

    private UpstreamHub Upstream => nodes.Upstream.Hub(_hub);

    private static async Task<IEnumerable<string>> HeardAsync(HubPeer peer, int count)
    {
        var heard = new List<string>();
        for (var i = 0; i < count; i++)
        {
            using var message = JsonDocument.Parse(await peer.NextAsync());
            heard.Add(message.RootElement.GetProperty("target").GetString()!);
        }

        return heard.Order(StringComparer.Ordinal);
    }

    private async Task<(HubPeer Peer, string Id)> ConnectAsync(int node, string user, HubProtocol? protocol = null)
    {
        var hub = GatewayFixture.ClientToken(_hub, user);
        var (token, id) = await NegotiateAsync(node, user);
        var peer = await HubPeer.ConnectAsync(nodes.Nodes[node].Address, _hub, hub, protocol ?? HubProtocol.Json, "&id=" + token);
        await Upstream.NextAsync("connected");
        return (peer, id);
    }

    private async Task<(string Token, string Id)> NegotiateAsync(int node, string? user = null)
    {
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = nodes.Nodes[node].Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", GatewayFixture.ClientToken(_hub, user));
        using var response = await http.PostAsync(new Uri($"/client/negotiate?hub={_hub}&negotiateVersion=1", UriKind.Relative), null);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return (json.RootElement.GetProperty("connectionToken").GetString()!, json.RootElement.GetProperty("connectionId").GetString()!);
    }

    private async Task SendAsync(int node, string path, string target) => Assert.Equal(
        202,
        await this[node].StatusAsync(
            "POST", $"/api/hubs/{_hub}{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Version}", $$"""{"target":"{{target}}"}"""));
}
