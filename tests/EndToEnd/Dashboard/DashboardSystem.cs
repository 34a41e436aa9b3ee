using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serverless.EndToEnd.Systems;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Dashboard;

/// <summary>
/// A gateway with its dashboard, as a process of its own, and an upstream within the tests. Hub <c>work</c> is the <see cref="Work"/>;
/// hub <c>late</c> has an upstream that a test starts, and whose events become dead letters until then.
/// </summary>
internal sealed class DashboardSystem : IAsyncDisposable
{
    /// <summary>The emulator's well-known key.</summary>
    public const string EmulatorKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    private readonly int _port = FreePort.Find();
    private readonly int _latePort = FreePort.Find();
    private readonly Dictionary<string, string?> _environment;
    private UpstreamApp? _upstream;
    private WebApplication? _late;
    private GatewayProcess? _gateway;

    private DashboardSystem(Dictionary<string, string?> environment) => _environment = environment;

    public Uri Address => new($"http://127.0.0.1:{_port}");

    public Uri Page => new(Address, "/dashboard/");

    public GatewayProcess Gateway => _gateway!;

    /// <param name="environment">Environment variables of the gateway, in addition to the common ones.</param>
    /// <param name="accessKey">The gateway's key.</param>
    public static async Task<DashboardSystem> StartAsync(Dictionary<string, string?>? environment = null, string accessKey = EmulatorKey)
    {
        var system = new DashboardSystem(environment ?? []);
        try
        {
            system._upstream = await UpstreamApp.StartAsync($"Endpoint=http://127.0.0.1;Port={system._port};AccessKey={accessKey};Version=1.0;");
            await system.StartGatewayAsync();
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the gateway, always on the same port.</summary>
    public async Task StartGatewayAsync()
    {
        var environment = new Dictionary<string, string?>(_environment)
        {
            ["UpstreamSettings__Templates__0__UrlTemplate"] = $"{_upstream!.Address}hubs/{{hub}}/upstream/{{category}}/{{event}}",
            ["UpstreamSettings__Templates__0__HubPattern"] = "work",
            ["UpstreamSettings__Templates__1__UrlTemplate"] = $"http://127.0.0.1:{_latePort}/{{hub}}/{{event}}?code=not-for-your-eyes",
            ["UpstreamSettings__Templates__1__HubPattern"] = "late",
            ["UpstreamSettings__Templates__1__CategoryPattern"] = "messages",
            ["UpstreamSettings__Templates__1__DeadLetter"] = "true",
        };
        environment.TryAdd("ASPNETCORE_ENVIRONMENT", "Development");
        _gateway = new GatewayProcess(_port, environment);
        await _gateway.StartAsync();
    }

    /// <summary>Starts the upstream of hub <c>late</c>, which accepts everything.</summary>
    public async Task StartLateUpstreamAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{_latePort}");
        _late = builder.Build();
        _late.MapPost("/{**rest}", static () => Results.Ok());
        await _late.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_late is not null)
        {
            await _late.DisposeAsync();
        }

        if (_upstream is not null)
        {
            await _upstream.DisposeAsync();
        }
    }
}

/// <summary>A system for the tests that do not change it.</summary>
public sealed class DashboardFixture : IAsyncLifetime
{
    internal DashboardSystem System { get; private set; } = null!;

    public async Task InitializeAsync() => System = await DashboardSystem.StartAsync();

    public async Task DisposeAsync() => await System.DisposeAsync();
}
