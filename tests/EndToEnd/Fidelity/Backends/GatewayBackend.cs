using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.EndToEnd.Fidelity.Hubs;
using Serverless.EndToEnd.Systems;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Fidelity.Backends;

/// <summary>The same app as an upstream of a gateway process.</summary>
internal sealed class GatewayBackend : IBackend, IHubMap
{
    private const string Key = "the-key-of-the-fidelity-tests-0123456789-0123456789";

    private WebApplication? _app;
    private GatewayProcess? _gateway;

    public Uri Address => new(_app!.Urls.Single());

    /// <summary>The gateway's output.</summary>
    public string Log => _gateway!.Log;

    public async Task StartAsync()
    {
        var port = FreePort.Find();
        var connectionString = $"Endpoint=http://127.0.0.1;Port={port};AccessKey={Key};Version=1.0;";
        _app = HubApp.Create(signalR => signalR.AddServerless(options => options.ConnectionString = connectionString), this);
        await _app.StartAsync();
        _gateway = new GatewayProcess(port, new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_TieredPGO"] = "0", // a short life
            ["Gateway__AccessKeys__0"] = Key,
            ["UpstreamSettings__Templates__0__UrlTemplate"] = $"{Address}{{hub}}/upstream/{{category}}/{{event}}",
        });
        await _gateway.StartAsync();
    }

    public void Map<THub>(WebApplication app, string path)
        where THub : Hub
    {
        if (typeof(THub) == typeof(UploadsHub))
        {
            // The known difference: the app does not start with this hub.
            var error = Assert.Throws<NotSupportedException>(() => app.MapServerlessHub<THub>(path));
            Assert.Contains($"{typeof(THub)}.{nameof(UploadsHub.Sum)}", error.Message, StringComparison.Ordinal);
        }
        else
        {
            app.MapServerlessHub<THub>(path);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_app is not null)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _app.StopAsync(limit.Token);
            await _app.DisposeAsync();
        }
    }
}
