namespace Serverless.Gateway.Metering;

/// <summary>Registers this room's services.</summary>
internal static class MeteringServices
{
    public static IServiceCollection AddMetering(this IServiceCollection services) =>
        services.AddSingleton<HubMeters>().AddSingleton<ErrorShares>().AddSingleton<UsageMetrics>();
}
