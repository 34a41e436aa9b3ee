using Serverless.Gateway.Admin.Listing;
using Serverless.Gateway.Admin.Live;
using Serverless.Gateway.Dispatch.InProcess;
using Serverless.Gateway.Routing;

namespace Serverless.Gateway.Admin;

/// <summary>Registers the services of this folder and maps <c>/admin</c>, the project's own API, which takes the REST API's tokens.</summary>
internal static class AdminEndpoints
{
    public static IServiceCollection AddAdmin(this IServiceCollection services)
    {
        services.AddSingleton<AdminGate>();
        services.AddSingleton<UsageEndpoint>();
        services.AddSingleton<DeadLetterListing>();
        services.AddSingleton<DeadLetterEndpoint>();
        services.AddSingleton<TemplatesEndpoint>();
        services.AddSingleton<NodeListing>();
        services.AddSingleton<INodeRequest>(static provider => provider.GetRequiredService<NodeListing>());
        services.AddSingleton<HubsEndpoint>();
        services.AddSingleton<LiveEndpoint>();
        services.AddSingleton<UsageReader>();
        services.AddSingleton<INodeRequest>(static provider => provider.GetRequiredService<UsageReader>());
        services.AddSingleton<NodeReader>();
        services.AddSingleton<INodeRequest>(static provider => provider.GetRequiredService<NodeReader>());
        services.AddSingleton<IGatewayMethod, OverviewMethod>();
        services.AddSingleton<LocalWatches>();
        services.AddSingleton<INodeRequest>(static provider => provider.GetRequiredService<LocalWatches>());
        services.AddSingleton<INodeRequest, RemoteWatches>();
        services.AddSingleton<IGatewayMethod, WatchMethod>();
        services.AddSingleton<UpstreamEndpoint>();
        services.AddSingleton<NodeHistory>();
        services.AddHostedService(static provider => provider.GetRequiredService<NodeHistory>());
        services.AddSingleton<INodeRequest>(static provider => provider.GetRequiredService<NodeHistory>());
        services.AddSingleton<IGatewayMethod, HistoryMethod>();
        return services;
    }

    public static void MapAdmin(this IEndpointRouteBuilder app)
    {
        var gate = app.ServiceProvider.GetRequiredService<AdminGate>();
        var usage = app.ServiceProvider.GetRequiredService<UsageEndpoint>();
        app.MapGet("/admin/usage", gate.Guard(usage.HandleAsync));

        var letters = app.ServiceProvider.GetRequiredService<DeadLetterEndpoint>();
        app.MapGet("/admin/dead-letters", gate.Guard(app.ServiceProvider.GetRequiredService<DeadLetterListing>().HandleAsync));
        app.MapDelete("/admin/dead-letters", gate.Guard(letters.DeleteAllAsync));
        app.MapPost("/admin/dead-letters/:replay", gate.Guard(letters.ReplayAllAsync));
        app.MapGet("/admin/dead-letters/{id}", gate.Guard(letters.GetAsync));
        app.MapDelete("/admin/dead-letters/{id}", gate.Guard(letters.DeleteAsync));
        app.MapPost("/admin/dead-letters/{id}/:replay", gate.Guard(letters.ReplayAsync));

        var upstream = app.ServiceProvider.GetRequiredService<UpstreamEndpoint>();
        app.MapGet("/admin/upstream", gate.Guard(upstream.HandleAsync));

        var templates = app.ServiceProvider.GetRequiredService<TemplatesEndpoint>();
        app.MapGet("/admin/templates", gate.Guard(templates.ListAsync));

        var hubs = app.ServiceProvider.GetRequiredService<HubsEndpoint>();
        app.MapGet("/admin/hubs/{hub}/connections", gate.Guard(hubs.ConnectionsAsync));
        app.MapGet("/admin/hubs/{hub}/users", gate.Guard(hubs.UsersAsync));
        app.MapGet("/admin/hubs/{hub}/groups", gate.Guard(hubs.GroupsAsync));
        app.MapPost("/admin/hubs/{hub}/:generateToken", gate.Guard(hubs.GenerateTokenAsync));

        var live = app.ServiceProvider.GetRequiredService<LiveEndpoint>();
        app.MapPost("/admin/live/negotiate", (RequestDelegate)live.NegotiateAsync);
        app.MapGet("/admin/live", (RequestDelegate)live.ConnectAsync).DisableHttpMetrics();
    }
}
