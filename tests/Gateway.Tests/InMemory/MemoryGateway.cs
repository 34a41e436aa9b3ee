using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Hosting;
using Serverless.Gateway.Upstream.Sockets;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.InMemory;

/// <summary>
/// The whole gateway, composed as its process composes it, in the test's own process: without sockets, and with a clock that the test
/// may move. Starts in some milliseconds once the process has compiled the code.
/// </summary>
internal sealed class MemoryGateway : IRunningServer
{
    private readonly WebApplication _app;
    private readonly LineLog _log;

    private MemoryGateway(WebApplication app, Uri address, LineLog log)
    {
        _app = app;
        _log = log;
        Address = address;
    }

    public Uri Address { get; }

    public string Log => _log.Text;

    /// <summary>Gets the services, for what only the inside shows.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a gateway.</summary>
    /// <param name="environment">Variables, with <c>__</c> between the parts of a key, as a process would have them.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public static async Task<MemoryGateway> StartAsync(IEnumerable<KeyValuePair<string, string?>> environment, TimeProvider? time = null)
    {
        var settings = environment
            .Select(static pair => KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), pair.Value))
            .Where(static pair => pair.Value is not null)
            .ToDictionary();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            EnvironmentName = settings.GetValueOrDefault("ASPNETCORE_ENVIRONMENT") ?? "Production",
            ContentRootPath = BuiltProgram.Gateway.Directory,
        });
        var transport = new MemoryTransport();
        var address = MemoryNetwork.Add(transport);
        settings["urls"] = address.ToString();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddGateway();
        var log = new LineLog();
        builder.Logging.ClearProviders().AddProvider(log);
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        builder.Services.AddSingleton<IConnectionListenerFactory>(transport);
        builder.Services.AddSingleton<IUpstreamSockets, MemoryUpstreamSockets>();
        Assert.Empty(Startup.ConfigurationErrors(builder.Services, builder.Configuration));
        var app = builder.Build();
        app.MapGateway();
        await app.StartAsync();
        return new MemoryGateway(app, address, log);
    }

    /// <summary>Stops it as a process is stopped by a signal.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        MemoryNetwork.Remove(Address);

        // As a process that is killed: a test of how it stops starts it as one.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
