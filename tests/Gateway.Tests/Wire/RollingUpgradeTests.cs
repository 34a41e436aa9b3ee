using System.Diagnostics;
using System.Net.Http.Headers;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Processes;
using Serverless.Support.Proxies;
using Serverless.Support.Redis;
using Xunit.Abstractions;

namespace Serverless.Gateway.Tests.Wire;

/// <summary>Nodes leave and others come, behind a load balancer without affinity.</summary>
public sealed class RollingUpgradeTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Clients = 12;

    private readonly string _hub = GatewayFixture.NewHub();
    private readonly List<ServerProcess> _nodes = [];
    private RedisServer _redis = null!;
    private UpstreamRecorder _upstream = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _upstream = await UpstreamRecorder.StartAsync();
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
    public async Task Three_nodes_are_replaced_under_traffic_and_nothing_that_was_accepted_is_lost()
    {
        var old = await Task.WhenAll(StartNodeAsync(), StartNodeAsync(), StartNodeAsync());
        await using var proxy = await RoundRobinProxy.StartAsync(old.Select(node => node.Address));
        var record = new DeliveryRecord();
        using var stop = new CancellationTokenSource();
        using var stopClients = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(i => new RollingClient(proxy.Address, _hub, $"u{i}", record)).ToList();
        var running = clients.Select(client => client.RunAsync(stopClients.Token)).ToList();
        await Waits.UntilAsync(() => clients.All(client => client.Current is not null), "all clients are connected");
        var publishing = PublishAsync(proxy.Address, record, stop.Token);

        foreach (var node in old)
        {
            await proxy.AddAsync((await StartNodeAsync()).Address);
            Assert.Equal(0, await node.StopAsync());
            proxy.Remove(node.Address);
        }

        await Waits.UntilAsync(() => clients.All(client => client.Current is not null), "all clients are connected again");
        var accepted = record.Accepted.Count;
        await Waits.UntilAsync(() => record.Accepted.Count > accepted + 20, "messages go on");
        await stop.CancelAsync();
        Assert.Empty(await publishing);
        var last = record.Accepted.Last().Number;
        await Waits.UntilAsync(() => clients.All(client => client.Current?.Seen.Contains(last) == true), "the last message is there");
        await stopClients.CancelAsync();
        await Task.WhenAll(running);

        output.WriteLine(record.Summary("rolling upgrade"));
        Assert.Empty(clients.Select(client => client.Trouble).OfType<string>());
        Assert.Empty(record.Faults());
        Assert.True(record.Sessions.Count > Clients, "clients have moved");
        Assert.True(record.Accepted.Select(message => message.Node).Distinct().Count() > 3, "all nodes took calls");
        await EventsArePairsAsync();
    }

    [Fact]
    public async Task A_node_without_clients_and_calls_leaves_at_once()
    {
        var node = await StartNodeAsync(drainTime: "01:00:00");

        // Within the limit of stopping, which is seconds.
        Assert.Equal(0, await node.StopAsync());
    }

    // Messages to all, one after the other, each through the next node; returns the calls that failed.
    private async Task<IReadOnlyList<string>> PublishAsync(Uri gateway, DeliveryRecord record, CancellationToken stop)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = gateway };
        var failed = new List<string>();
        var path = $"/api/v1/hubs/{_hub}";
        var token = RestCaller.Token(path);
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = RestCaller.Content(System.Text.Encoding.ASCII.GetBytes($$"""{"Target":"n","Arguments":[{{i}}]}"""), "application/json"),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var sent = Stopwatch.GetTimestamp();
            using var response = await http.SendAsync(request, Waits.Limited());
            var node = response.Headers.TryGetValues(RoundRobinProxy.ServedBy, out var values) ? values.Single() : "nobody";
            if ((int)response.StatusCode == 202)
            {
                record.Accept(new AcceptedMessage(i, node, sent, Stopwatch.GetTimestamp()));
            }
            else
            {
                failed.Add($"{i} of {node}: {(int)response.StatusCode}");
            }

            await Task.Delay(3, CancellationToken.None);
        }

        return failed;
    }

    private async Task EventsArePairsAsync()
    {
        var events = new List<(string Event, string ConnectionId)>();
        await Waits.UntilAsync(
            async () =>
            {
                while (_upstream.Hub(_hub).Waiting > 0)
                {
                    var request = await _upstream.Hub(_hub).NextAsync();
                    events.Add((request.Event!, request.ConnectionId));
                }

                return DeliveryRecord.UnpairedIn(events).Count == 0;
            },
            "each connected has its disconnected");
        Assert.Equal(0, _upstream.Hub(_hub).Waiting);
    }

    private async Task<ServerProcess> StartNodeAsync(string drainTime = "00:00:12")
    {
        var node = await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            ["Gateway__Redis"] = _redis.Address,
            ["Gateway__Nodes__DrainTime"] = drainTime,
            ["UpstreamSettings__Templates__0__UrlTemplate"] = _upstream.Template,
        });
        lock (_nodes)
        {
            _nodes.Add(node);
        }

        return node;
    }
}
