using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Listening;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Management;

/// <summary>Registers the services of this folder and maps <c>/api</c>.</summary>
internal static class ManagementEndpoints
{
    public static IServiceCollection AddManagement(this IServiceCollection services)
    {
        services.AddSingleton<Operations>();
        services.AddSingleton<ClientCallOperations>();
        services.AddSingleton<TokenOperations>();
        services.AddSingleton<GroupListing>();
        services.AddSingleton<ExecuteOperation>();
        services.AddSingleton(Routes.All);
        services.AddSingleton<ManagementEndpoint>();
        services.AddSingleton<AccessKeyEndpoint>();
        return services;
    }

    public static void MapManagement(this IEndpointRouteBuilder app)
    {
        var table = app.ServiceProvider.GetRequiredService<ConnectionTable>();
        var endpoint = app.ServiceProvider.GetRequiredService<ManagementEndpoint>();
        var store = app.ServiceProvider.GetRequiredService<IUserGroupStore>();
        var backplane = app.ServiceProvider.GetRequiredService<IBackplane>();
        var capacity = app.ServiceProvider.GetRequiredService<ClientCapacity>();
        var sockets = app.ServiceProvider.GetRequiredService<AcceptedSockets>();
        var queued = app.ServiceProvider.GetRequiredService<QueuedBytes>();
        RequestDelegate health = context => HealthEndpoint.HandleAsync(context, table, capacity, sockets, queued, store, backplane);
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        app.MapMethods("/api/health", methods, health);
        app.MapMethods("/api/v1/health", methods, health);

        var accessKey = app.ServiceProvider.GetRequiredService<AccessKeyEndpoint>();
        app.MapGet("/api/auth/accessKey", (RequestDelegate)accessKey.HandleAsync);
        app.MapGet("/api/v1/auth/accessKey", (RequestDelegate)accessKey.HandleAsync);

        // The endpoint matches the segments itself, as names in them do not follow the rules of ASP.NET Core routing.
        app.Map("/api/{**rest}", (RequestDelegate)endpoint.HandleAsync);
    }
}
