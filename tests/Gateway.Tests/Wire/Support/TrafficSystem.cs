using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Support.Processes;
using Serverless.Support.Proxies;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>
/// Nodes behind a load balancer without affinity, each with its own link to Redis; clients that reconnect; and a publisher to all of them.
/// All accepted and received messages are recorded.
/// </summary>
internal sealed class TrafficSystem : IAsyncDisposable
{
    private const int ClientCount = 12;

    private readonly string _delivery;
    private readonly TimeSpan _nodeTimeout;
    private readonly bool _asProcesses;
    private readonly string _hub = GatewayFixture.NewHub();
    private readonly CancellationTokenSource _stopPublisher = new();
    private readonly CancellationTokenSource _stopClients = new();
    private readonly List<TrafficNode> _nodes = [];
    private UpstreamRecorder? _upstream;
    private IReadOnlyList<RollingClient> _clients = [];
    private IReadOnlyList<Task> _running = [];
    private Task<IReadOnlyList<string>>? _publishing;

    private TrafficSystem(string delivery, TimeSpan nodeTimeout, bool asProcesses)
    {
        _asProcesses = asProcesses;
        _delivery = delivery;
        _nodeTimeout = nodeTimeout;
    }

    public DeliveryRecord Record { get; } = new();

    public RedisServer Redis { get; private set; } = null!;

    public RoundRobinProxy Proxy { get; private set; } = null!;

    /// <summary>The nodes in the order in which they were started.</summary>
    public IReadOnlyList<TrafficNode> Nodes => _nodes;

    public IEnumerable<string> Troubles => _clients.Select(client => client.Trouble).OfType<string>();

    /// <param name="mayBreak">True when clients may lose their transports without a Close.</param>
    /// <param name="delivery">The delivery guarantee of the nodes.</param>
    /// <param name="nodeTimeout">The node time-out; 2 seconds for tests that wait for it.</param>
    /// <param name="asProcesses">True for nodes that are killed, frozen or replaced; the others are in memory.</param>
    /// <param name="redisArguments">Arguments of <c>redis-server</c>.</param>
    public static async Task<TrafficSystem> StartAsync(
        bool mayBreak, string delivery = "AtMostOnce", TimeSpan? nodeTimeout = null, bool asProcesses = false, params string[] redisArguments)
    {
        var system = new TrafficSystem(delivery, nodeTimeout ?? TimeSpan.FromSeconds(2), asProcesses);
        try
        {
            system.Redis = await RedisServer.StartAsync(redisArguments);
            system._upstream = await UpstreamRecorder.StartAsync();
            system.Proxy = await RoundRobinProxy.StartAsync(MemoryNetwork.ConnectAsync, []);
            await Task.WhenAll(system.StartNodeAsync(), system.StartNodeAsync(), system.StartNodeAsync());
            system._clients =
            [
                .. Enumerable.Range(0, ClientCount).Select(
                    i => new RollingClient(system.Proxy.Address, system._hub, $"u{i}", system.Record) { MayBreak = mayBreak }),
            ];
            system._running = [.. system._clients.Select(client => client.RunAsync(system._stopClients.Token))];
            await system.AllAreHereAsync();
            system._publishing = system.PublishAsync(system._stopPublisher.Token);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts another node, and waits until the load balancer uses it.</summary>
    public async Task StartNodeAsync()
    {
        var link = new CuttableLink(Redis.Port);
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            ["Gateway__Redis"] = link.Address,
            ["Gateway__Delivery"] = _delivery,
            ["Gateway__Nodes__Timeout"] = _nodeTimeout.ToString(),
            ["Gateway__Nodes__DrainTime"] = "00:00:12",
            ["UpstreamSettings__Templates__0__UrlTemplate"] = _upstream!.Template,
        };
        IRunningServer node = _asProcesses
            ? await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, environment)
            : await MemoryGateway.StartAsync(environment);
        lock (_nodes)
        {
            _nodes.Add(new TrafficNode(node, link));
        }

        await Proxy.AddAsync(node.Address);
    }

    // A message may overtake messages of other nodes.
    private int LastMessages => _nodes.Count * 3;

    /// <summary>
    /// Waits until so many messages have been accepted from now on that the last ones are for all clients, and one of these has reached every
    /// client.
    /// </summary>
    public async Task RecoveredAsync()
    {
        await AllAreHereAsync();
        var accepted = Record.Accepted.Count;
        await Waits.UntilAsync(
            () => Record.Accepted.Skip(accepted + LastMessages).Any(message => EveryoneHas(message.Number)), "messages reach every client");
    }

    /// <summary>Ends the traffic when its last message has arrived; returns the failed calls.</summary>
    public async Task<IReadOnlyList<string>> EndTrafficAsync()
    {
        await _stopPublisher.CancelAsync();
        var failed = await _publishing!;

        var last = Record.Accepted.TakeLast(LastMessages).Select(message => message.Number).ToList();
        await Waits.UntilAsync(() => last.All(EveryoneHas), "the last messages have arrived");
        await _stopClients.CancelAsync();
        await Task.WhenAll(_running);
        return failed;
    }

    /// <summary>Waits until each connected event has exactly one disconnected event.</summary>
    public async Task EventsArePairsAsync()
    {
        var events = new List<(string Event, string ConnectionId)>();
        var upstream = _upstream!.Hub(_hub);
        var limit = Stopwatch.StartNew();
        do
        {
            await Task.Delay(20);
            while (upstream.Waiting > 0)
            {
                var request = await upstream.NextAsync();
                events.Add((request.Event!, request.ConnectionId));
            }
        }
        while (DeliveryRecord.UnpairedIn(events).Count > 0 && limit.Elapsed < Waits.Limit / 2);
        Assert.Empty(DeliveryRecord.UnpairedIn(events));
        Assert.Equal(Record.Sessions.Count * 2, events.Count);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopPublisher.CancelAsync();
        await _stopClients.CancelAsync();
        await Task.WhenAll(_running);
        foreach (var node in _nodes)
        {
            await node.Server.DisposeAsync();
            await node.Redis.DisposeAsync();
        }

        if (Proxy is not null)
        {
            await Proxy.DisposeAsync();
        }

        if (_upstream is not null)
        {
            await _upstream.DisposeAsync();
        }

        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }

        _stopPublisher.Dispose();
        _stopClients.Dispose();
    }

    private bool EveryoneHas(int number) => _clients.All(client => client.Current?.Seen.Contains(number) == true);

    private Task AllAreHereAsync() => Waits.UntilAsync(() => _clients.All(client => client.Current is not null), "all clients are connected");

    // Sends messages to all clients, one after the other, each through the next node.
    private async Task<IReadOnlyList<string>> PublishAsync(CancellationToken stop)
    {
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = Proxy.Address };
        var failed = new List<string>();
        var path = $"/api/v1/hubs/{_hub}";
        var token = RestCaller.Token(path);
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = RestCaller.Content(Encoding.ASCII.GetBytes($$"""{"Target":"n","Arguments":[{{i}}]}"""), "application/json"),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var sent = Stopwatch.GetTimestamp();
            using var response = await http.SendAsync(request, Waits.Limited());
            var node = response.Headers.TryGetValues(RoundRobinProxy.ServedBy, out var values) ? values.Single() : "nobody";
            if ((int)response.StatusCode == 202)
            {
                Record.Accept(new AcceptedMessage(i, node, sent, Stopwatch.GetTimestamp()));
            }
            else
            {
                failed.Add($"{i} of {node}: {(int)response.StatusCode}");
            }

            await Task.Delay(3, CancellationToken.None);
        }

        return failed;
    }
}

/// <summary>A node and its link to Redis.</summary>
internal sealed record TrafficNode(IRunningServer Server, CuttableLink Redis)
{
    /// <summary>Gets the process of a node that was started as one.</summary>
    public ServerProcess Process => (ServerProcess)Server;
}
