using Microsoft.Extensions.Options;

namespace Serverless.Gateway.Metering;

/// <summary>Registers this room's services.</summary>
internal static class MeteringServices
{
    public static IServiceCollection AddMetering(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<QuotaOptions>().BindConfiguration("Gateway:Quotas");
        services.AddSingleton<IValidateOptions<QuotaOptions>, QuotaOptionsValidator>();
        services.AddSingleton<HubMeters>();
        services.AddSingleton<Quotas>();
        services.AddSingleton<ErrorShares>();
        services.AddSingleton(static provider => new ServerLoad(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<UsageMetrics>();
        return services;
    }
}
