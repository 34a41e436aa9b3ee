using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Hosting;

/// <summary>Registers this room's services and maps the probes.</summary>
internal static class HostingServices
{
    public static IServiceCollection AddHosting(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<NodeOptions>().BindConfiguration("Gateway:Nodes");
        services.AddSingleton<IValidateOptions<NodeOptions>, NodeOptionsValidator>();
        services.AddOptions<HostOptions>().Configure<IOptions<NodeOptions>>(
            static (host, node) => host.ShutdownTimeout = node.Value.DrainTime);
        services.AddSingleton(TimeProvider.System);

        // A console that nobody reads must not stop the threads that serve sockets.
        services.Configure<ConsoleLoggerOptions>(static console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        services.AddSingleton<RestTraffic>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<Draining>();
        services.AddHostedService(static provider => provider.GetRequiredService<Draining>());
        return services;
    }

    /// <summary>
    /// <c>/health/live</c>: the process runs. <c>/health/ready</c>: it takes connections; 503 while it joins the other nodes and while it
    /// is leaving.
    /// </summary>
    public static void MapProbes(this IEndpointRouteBuilder app)
    {
        var readiness = app.ServiceProvider.GetRequiredService<Readiness>();
        app.MapGet("/health/live", static context => context.Response.WriteAsync("Live"));
        app.MapGet("/health/ready", context =>
        {
            var state = readiness.State;
            context.Response.StatusCode = state == Readiness.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync(state);
        });
    }
}
