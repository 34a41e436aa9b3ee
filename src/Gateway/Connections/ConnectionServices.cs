using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Connections.Upkeep;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Observability.Secrets;

namespace Serverless.Gateway.Connections;

/// <summary>Registers this room's services.</summary>
internal static class ConnectionServices
{
    public static IServiceCollection AddConnectionTable(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ClientOptions>().BindConfiguration("Gateway:Clients");
        services.AddSingleton<IValidateOptions<ClientOptions>, ClientOptionsValidator>();
        services.AddSingleton(_ => new ThisNode(NodeId.Create()));
        services.AddSingleton(static provider => new ConnectionTable(
            provider.GetRequiredService<ThisNode>().Id, provider.GetRequiredService<TimeProvider>(), provider.GetService<IInterest>()));
        services.AddSingleton<SecretMask>();
        services.AddSingleton<LiveTrace>();
        services.AddSingleton<DiagnosticSink>();
        services.AddSingleton(static provider => new DrainWorkers(provider.GetRequiredService<QueuedBytes>()));
        services.AddSingleton<OutboxMetrics>();
        services.AddSingleton<Heartbeat>();
        services.AddHostedService(static provider => provider.GetRequiredService<Heartbeat>());
        services.AddHostedService<QuotaEnforcer>();
        services.AddHostedService<MemoryRelief>();
        return services;
    }
}
