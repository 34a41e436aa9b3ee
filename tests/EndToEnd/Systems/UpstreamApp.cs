using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Hubs;

namespace Serverless.EndToEnd.Systems;

/// <summary>The upstream within the tests, on real Kestrel: the recorder below <c>/raw</c> and <see cref="WorkHub"/> below <c>/hubs</c>.</summary>
internal sealed class UpstreamApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private UpstreamApp(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    public static async Task<UpstreamApp> StartAsync(string connectionString, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        builder.Services.AddServerlessHubs(options => options.ConnectionString = connectionString).AddHub<WorkHub>();
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        new RecordingUpstream().Map(app);
        app.MapHubUpstream("/hubs/{hub}/{category}/{event}");
        await app.StartAsync();
        return new UpstreamApp(app);
    }

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _app.StopAsync(limit.Token);
        await _app.DisposeAsync();
    }
}
