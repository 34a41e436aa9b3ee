using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Limits;

/// <summary>Registers this room's services.</summary>
internal static class LimitServices
{
    public static IServiceCollection AddLimits(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<LimitOptions>().BindConfiguration("Gateway:Limits");
        services.AddOptionsWithValidateOnStart<ClientLimitOptions>().BindConfiguration("Gateway:Clients");
        services.AddOptionsWithValidateOnStart<UpstreamLimitOptions>().BindConfiguration("Gateway:Upstream");
        services.AddSingleton<IValidateOptions<LimitOptions>, LimitOptionsValidator>();
        services.AddSingleton<IValidateOptions<ClientLimitOptions>, LimitOptionsValidator>();
        services.AddSingleton<IValidateOptions<UpstreamLimitOptions>, LimitOptionsValidator>();
        services.AddSingleton(BudgetOf);
        services.AddSingleton<QueuedBytes>();
        services.AddSingleton<LimitMetrics>();
        return services;
    }

    // The runtime's figure respects container limits and a configured heap limit.
    private static NodeBudget BudgetOf(IServiceProvider services) => NodeBudget.Of(
        DescriptorLimit.Raise(),
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        services.GetRequiredService<IOptions<ClientLimitOptions>>().Value.MaxConnections,
        services.GetRequiredService<IOptions<UpstreamLimitOptions>>().Value.MaxConnections,
        services.GetRequiredService<IOptions<LimitOptions>>().Value.MaxQueuedBytes);
}
