namespace Serverless.Gateway.Admin;

/// <summary>Registers this room's services and maps <c>/admin</c>: the project's own API, under the REST API's tokens.</summary>
internal static class AdminEndpoints
{
    public static IServiceCollection AddAdmin(this IServiceCollection services)
    {
        services.AddSingleton<AdminGate>();
        services.AddSingleton<UsageEndpoint>();
        return services;
    }

    public static void MapAdmin(this IEndpointRouteBuilder app)
    {
        var gate = app.ServiceProvider.GetRequiredService<AdminGate>();
        var usage = app.ServiceProvider.GetRequiredService<UsageEndpoint>();
        app.MapGet("/admin/usage", gate.Guard(usage.HandleAsync));
    }
}
