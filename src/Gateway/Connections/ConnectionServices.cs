using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Connections;

/// <summary>Registers this room's services.</summary>
internal static class ConnectionServices
{
    public static IServiceCollection AddConnectionTable(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ClientOptions>().BindConfiguration("Gateway:Clients");
        services.AddSingleton<IValidateOptions<ClientOptions>, ClientOptionsValidator>();
        services.AddSingleton(provider => new ConnectionTable(NodeId.Create(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(_ => new DrainWorkers());
        services.AddHostedService<Heartbeat>();
        return services;
    }
}
