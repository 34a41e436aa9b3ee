namespace Serverless.Gateway.Routing;

/// <summary>Registers the services of routing.</summary>
internal static class RoutingServices
{
    public static IServiceCollection AddRouter(this IServiceCollection services)
    {
        services.AddSingleton<FanOutGate>();
        services.AddSingleton<LocalRouter>();
        services.AddSingleton<Router>();
        services.AddHostedService<NodeInbox>();
        services.AddSingleton<ClientInvocations>();
        services.AddSingleton<UserGroupSchedule>();
        services.AddSingleton<UserGroups>();
        services.AddHostedService<UserGroupExpiry>();
        return services;
    }
}
