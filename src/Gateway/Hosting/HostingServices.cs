using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Hosting.Logs;

namespace Serverless.Gateway.Hosting;

/// <summary>Registers the services of this folder and maps the probes and the page at the root.</summary>
internal static class HostingServices
{
    public static IServiceCollection AddHosting(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<NodeOptions>().BindConfiguration("Gateway:Nodes");
        services.AddSingleton<IValidateOptions<NodeOptions>, NodeOptionsValidator>();
        services.AddOptions<HostOptions>().Configure<IOptions<NodeOptions>>(
            static (host, node) => host.ShutdownTimeout = node.Value.DrainTime);
        services.AddSingleton(TimeProvider.System);
        services.AddSafeLogs();

        // Where ASPNETCORE_FORWARDEDHEADERS_ENABLED marks the proxy as trusted, the framework by itself takes only address and scheme.
        services.PostConfigure<ForwardedHeadersOptions>(static options => options.ForwardedHeaders |=
            options.ForwardedHeaders == ForwardedHeaders.None ? ForwardedHeaders.None : ForwardedHeaders.XForwardedHost | ForwardedHeaders.XForwardedPrefix);
        services.AddSingleton<RestTraffic>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<Liveness>();
        services.AddSingleton<SelfTest>();
        services.AddSingleton<FrontPage>();
        services.AddSingleton<Draining>();
        services.AddHostedService(static provider => provider.GetRequiredService<Draining>());
        return services;
    }

    /// <summary>
    /// Maps <c>/health/live</c>, which is 200 unless a restart would help, and <c>/health/ready</c>, which is 200 while the node takes new
    /// clients and 503 while it joins the other nodes, is full or drains.
    /// </summary>
    public static void MapProbes(this IEndpointRouteBuilder app)
    {
        var readiness = app.ServiceProvider.GetRequiredService<Readiness>();
        var liveness = app.ServiceProvider.GetRequiredService<Liveness>();
        app.MapGet("/health/live", context => AnswerAsync(context, liveness.Failure ?? Liveness.Live, Liveness.Live));
        app.MapGet("/health/ready", context => AnswerAsync(context, readiness.State, Readiness.Ready));
    }

    /// <summary>Maps <c>/</c>, a page for people who open the gateway's address in a browser.</summary>
    public static void MapFrontPage(this IEndpointRouteBuilder app) =>
        app.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], app.ServiceProvider.GetRequiredService<FrontPage>().HandleAsync);

    private static Task AnswerAsync(HttpContext context, string state, string good)
    {
        context.Response.StatusCode = state == good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(state);
    }
}
