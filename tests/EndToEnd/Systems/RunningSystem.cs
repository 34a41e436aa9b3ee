using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Systems;

/// <summary>
/// The servers of the client tests: the gateway and the function app as processes of their own, and an upstream within the tests.
/// All tests of the collection share one.
/// </summary>
/// <remarks>
/// The hub selects the upstream: <c>chat</c> the function app, <c>work</c> the <see cref="Work"/>, <c>raw</c> the
/// <see cref="RecordingUpstream"/>, <c>dead</c> an unused port. Any other hub has no upstream.
/// </remarks>
public sealed class RunningSystem : IAsyncLifetime
{
    /// <summary>The gateway's primary key. Requests are signed with both keys, and tokens of both are accepted.</summary>
    public const string PrimaryKey = "primary-key-of-the-end-to-end-tests-0123456789";

    public const string SecondaryKey = "secondary-key-of-the-end-to-end-tests-012345678";

    private readonly int _gatewayPort = FreePort.Find();
    private UpstreamApp? _upstream;
    private ServerProcess? _functions;
    private GatewayProcess? _gateway;
    private BalancedNodes? _nodes;

    public Uri Gateway => _gateway!.Address;

    public Uri Functions => _functions!.Address;

    public Uri Upstream => _upstream!.Address;

    /// <summary>The output of the two processes.</summary>
    public string Logs => $"-- gateway:\n{_gateway!.Log}\n-- function app:\n{_functions!.Log}";

    public async Task InitializeAsync()
    {
        var connectionString = $"Endpoint=http://127.0.0.1;Port={_gatewayPort};AccessKey={PrimaryKey};Version=1.0;";
        _upstream = await UpstreamApp.StartAsync(connectionString);
        _functions = await ServerProcess.StartAsync(
            BuiltProgram.Functions,
            "/api/",
            environment: new Dictionary<string, string?> { ["AzureSignalRConnectionString"] = connectionString });
        _gateway = CreateGateway(_gatewayPort, []);
        await _gateway.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_nodes is not null)
        {
            await _nodes.DisposeAsync();
        }

        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_functions is not null)
        {
            await _functions.DisposeAsync();
        }

        if (_upstream is not null)
        {
            await _upstream.DisposeAsync();
        }
    }

    /// <summary>Creates another gateway, with short time limits, that a test may start, stop and kill.</summary>
    internal GatewayProcess CreateOwnGateway() => CreateGateway(FreePort.Find(), new()
    {
        ["Gateway__Clients__KeepAlive"] = "00:00:01",
        ["Gateway__Clients__ClientTimeout"] = "00:00:05",
        ["Gateway__Nodes__DrainTime"] = "00:00:05",
    });

    /// <summary>Returns three further gateways behind a load balancer, which the first call starts.</summary>
    internal async Task<BalancedNodes> NodesAsync() =>
        _nodes ??= await BalancedNodes.StartAsync(redis => CreateGateway(FreePort.Find(), new()
        {
            ["Gateway__Redis"] = redis,
            ["Gateway__Nodes__Timeout"] = "00:00:02",
        }));

    private GatewayProcess CreateGateway(int port, Dictionary<string, string?> environment)
    {
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        environment["Gateway__AccessKeys__0"] = PrimaryKey;
        environment["Gateway__AccessKeys__1"] = SecondaryKey;
        (string Hub, string Url)[] templates =
        [
            ("chat", $"{Functions}api/upstream/{{hub}}/{{category}}/{{event}}"),
            ("work", $"{Upstream}hubs/{{hub}}/upstream/{{category}}/{{event}}"),
            ("raw", $"{Upstream}raw/{{hub}}/{{category}}/{{event}}"),
            ("dead", $"http://127.0.0.1:{FreePort.Find()}/{{event}}"),
        ];
        for (var i = 0; i < templates.Length; i++)
        {
            environment[$"UpstreamSettings__Templates__{i}__UrlTemplate"] = templates[i].Url;
            environment[$"UpstreamSettings__Templates__{i}__HubPattern"] = templates[i].Hub;
        }

        return new GatewayProcess(port, environment);
    }
}

/// <summary>The tests that share a running system.</summary>
[CollectionDefinition(nameof(RunningSystem))]
public sealed class RunningSystemTests : ICollectionFixture<RunningSystem>;
