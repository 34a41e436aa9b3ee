using System.Diagnostics;
using System.Globalization;
using System.Security.Claims;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Protocol;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A gateway in memory, with an upstream in the test process. Tests share it, each with a hub of its own.</summary>
public class GatewayFixture : IAsyncLifetime
{
    internal const string Key = "primary-key-of-the-wire-tests-0123456789";
    internal const string SecondaryKey = "secondary-key-of-the-wire-tests-0123456789";

    private static int _lastHub;

    private IRunningServer? _server;
    private UpstreamRecorder? _upstream;

    internal UpstreamRecorder Upstream => _upstream!;

    internal IRunningServer Server => _server!;

    /// <summary>The address that the gateway listens on.</summary>
    public Uri Address => Server.Address;

    internal int Port => Address.Port;

    /// <summary>Returns a hub that no other test uses.</summary>
    public static string NewHub() => string.Create(CultureInfo.InvariantCulture, $"hub{Interlocked.Increment(ref _lastHub)}");

    public async Task InitializeAsync()
    {
        _upstream = await UpstreamRecorder.StartAsync(IsInMemory);
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = Key,
            ["Gateway__AccessKeys__1"] = SecondaryKey,
            ["UpstreamSettings__Templates__0__UrlTemplate"] = _upstream.Template,
        };
        Configure(environment);
        _server = await StartAsync(environment);
    }

    public virtual async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            var error = _server.Log.IndexOf("fail:", StringComparison.Ordinal);
            Assert.True(error < 0, $"The gateway has logged an error:\n{_server.Log[Math.Max(error, 0)..]}");
        }

        if (_upstream is not null)
        {
            await _upstream.DisposeAsync();
        }
    }

    /// <summary>Gets a value that indicates whether gateway and upstream are in memory.</summary>
    private protected virtual bool IsInMemory => true;

    /// <summary>Changes the configuration of a special gateway.</summary>
    protected virtual void Configure(Dictionary<string, string?> environment)
    {
    }

    /// <summary>Starts the gateway: in memory, unless a test needs what only a process has.</summary>
    private protected virtual async Task<IRunningServer> StartAsync(IReadOnlyDictionary<string, string?> environment) =>
        await MemoryGateway.StartAsync(environment);

    internal static string ClientToken(
        string hub, string? user = null, IEnumerable<Claim>? claims = null, string key = Key, string? audience = null, TimeSpan? lifetime = null) =>
        AccessTokens.Create(
            key, audience ?? $"http://127.0.0.1/client/?hub={hub}", DateTimeOffset.UtcNow, lifetime ?? TimeSpan.FromHours(1), user, claims);

    internal UpstreamHub UpstreamOf(string hub) => Upstream.Hub(hub);

    /// <summary>Connects a client without negotiation, and completes its handshake.</summary>
    internal Task<HubPeer> ConnectAsync(
        string hub, string? user = null, HubProtocol? protocol = null, IEnumerable<Claim>? claims = null, string query = "") =>
        HubPeer.ConnectAsync(Address, hub, ClientToken(hub, user, claims), protocol ?? HubProtocol.Json, query);

    /// <summary>Connects a client and reads its <c>connected</c> event at the upstream.</summary>
    internal async Task<(HubPeer Peer, string ConnectionId)> ConnectKnownAsync(string hub, string? user = null, HubProtocol? protocol = null)
    {
        var peer = await ConnectAsync(hub, user, protocol);
        var connected = await UpstreamOf(hub).NextAsync("connected");
        return (peer, connected.ConnectionId);
    }

    internal RestCaller Rest() => new(Address);

    /// <summary>Returns the gateway's start command, for tests that start a gateway themselves.</summary>
    internal static ProcessStartInfo StartInfo(params string[] arguments) =>
        new("dotnet", [BuiltProgram.Gateway.Assembly, .. arguments]);
}

/// <summary>The gateway that most wire tests share.</summary>
[CollectionDefinition(Name)]
public sealed class SharedGateway : ICollectionFixture<GatewayFixture>
{
    public const string Name = "the shared gateway";
}
