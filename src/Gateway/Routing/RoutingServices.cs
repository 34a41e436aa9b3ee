using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Routing;

/// <summary>Registers this room's services, and the store they stand on.</summary>
internal static class RoutingServices
{
    public static IServiceCollection AddRouter(this IServiceCollection services)
    {
        services.AddSingleton<IUserGroupStore, InMemoryUserGroupStore>();
        services.AddSingleton<FanOutGate>();
        services.AddSingleton<Router>();
        services.AddSingleton<ClientInvocations>();
        services.AddSingleton<UserGroups>();
        services.AddHostedService<UserGroupExpiry>();
        return services;
    }
}
