using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serverless.EndToEnd.Systems;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Dashboard;

/// <summary>
/// A gateway with its dashboard, as a process of its own, and an upstream within the tests: hub <c>work</c> is the <see cref="WorkHub"/>,
/// hub <c>late</c> has an upstream that is not there until a test starts it, and whose events become dead letters.
/// </summary>
internal sealed class DashboardSystem : IAsyncDisposable
{
    /// <summary>The emulator's, which everybody knows.</summary>
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

    /// <param name="environment">Of the gateway, beside what every test's has.</param>
    /// <param name="accessKey">Its key.</param>
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

    /// <summary>Starts the gateway, on the port that it had before.</summary>
    public async Task StartGatewayAsync()
    {
        var environment = new Dictionary<string, string?>(_environment)
        {
            ["UpstreamSettings__Templates__0__UrlTemplate"] = $"{_upstream!.Address}hubs/{{hub}}/{{category}}/{{event}}",
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

    /// <summary>Starts the upstream that was not there: it takes everything.</summary>
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

/// <summary>One for the tests that only look.</summary>
public sealed class DashboardFixture : IAsyncLifetime
{
    internal DashboardSystem System { get; private set; } = null!;

    public async Task InitializeAsync() => System = await DashboardSystem.StartAsync();

    public async Task DisposeAsync() => await System.DisposeAsync();
}
