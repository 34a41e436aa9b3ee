using Serverless.Gateway.Admin.Live;
using Serverless.Gateway.Dispatch.InProcess;
using Serverless.Gateway.Routing;

namespace Serverless.Gateway.Admin;

/// <summary>Registers this room's services and maps <c>/admin</c>: the project's own API, under the REST API's tokens.</summary>
internal static class AdminEndpoints
{
    public static IServiceCollection AddAdmin(this IServiceCollection services)
    {
        services.AddSingleton<AdminGate>();
        services.AddSingleton<UsageEndpoint>();
        services.AddSingleton<DeadLetterEndpoint>();
        services.AddSingleton<LiveEndpoint>();
        services.AddSingleton<NodeReader>();
        services.AddSingleton<INodeRequest>(static provider => provider.GetRequiredService<NodeReader>());
        services.AddSingleton<IGatewayMethod, OverviewMethod>();
        services.AddSingleton<LocalWatches>();
        services.AddSingleton<INodeRequest>(static provider => provider.GetRequiredService<LocalWatches>());
        services.AddSingleton<INodeRequest, RemoteWatches>();
        services.AddSingleton<IGatewayMethod, WatchMethod>();
        services.AddSingleton<UpstreamEndpoint>();
        return services;
    }

    public static void MapAdmin(this IEndpointRouteBuilder app)
    {
        var gate = app.ServiceProvider.GetRequiredService<AdminGate>();
        var usage = app.ServiceProvider.GetRequiredService<UsageEndpoint>();
        app.MapGet("/admin/usage", gate.Guard(usage.HandleAsync));

        var letters = app.ServiceProvider.GetRequiredService<DeadLetterEndpoint>();
        app.MapGet("/admin/dead-letters", gate.Guard(letters.ListAsync));
        app.MapPost("/admin/dead-letters/:replay", gate.Guard(letters.ReplayAllAsync));
        app.MapGet("/admin/dead-letters/{id}", gate.Guard(letters.GetAsync));
        app.MapDelete("/admin/dead-letters/{id}", gate.Guard(letters.DeleteAsync));
        app.MapPost("/admin/dead-letters/{id}/:replay", gate.Guard(letters.ReplayAsync));

        var upstream = app.ServiceProvider.GetRequiredService<UpstreamEndpoint>();
        app.MapGet("/admin/upstream", gate.Guard(upstream.HandleAsync));

        var live = app.ServiceProvider.GetRequiredService<LiveEndpoint>();
        app.MapPost("/admin/live/negotiate", (RequestDelegate)live.NegotiateAsync);
        app.MapGet("/admin/live", (RequestDelegate)live.ConnectAsync);
    }
}
