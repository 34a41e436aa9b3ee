using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Fidelity.Backends;

/// <summary>The hubs in an ASP.NET Core app of their own, without a gateway.</summary>
internal sealed class InProcessBackend : IBackend, IHubMap
{
    private WebApplication? _app;

    public Uri Address => new(_app!.Urls.Single());

    public async Task StartAsync()
    {
        _app = HubApp.Create(_ => { }, this);
        await _app.StartAsync();
    }

    public void Map<THub>(WebApplication app, string path)
        where THub : Hub => app.MapHub<THub>(path);

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _app.StopAsync(limit.Token);
            await _app.DisposeAsync();
        }
    }
}
