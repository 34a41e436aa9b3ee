using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Serverless.EndToEnd.Systems;

/// <summary>The upstream within the tests, on real Kestrel: the recorder below <c>/raw</c> and <see cref="Work"/> below <c>/hubs</c>.</summary>
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
        builder.Services
            .AddSignalR(options => options.MaximumParallelInvocationsPerClient = 2) // AskMe asks its caller
            .AddMessagePackProtocol()
            .AddServerless(options => options.ConnectionString = connectionString);
        builder.Services.AddAuthorization(options => options.AddPolicy("green", policy => policy.RequireClaim("colour", "green")));
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        new RecordingUpstream().Map(app);
        app.MapServerlessHub<Work>("/hubs/work");
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
