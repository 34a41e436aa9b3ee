using Serverless.Gateway.Dispatch.InProcess;

namespace Serverless.Gateway.Dispatch;

/// <summary>Registers this room's services.</summary>
internal static class DispatchServices
{
    public static IServiceCollection AddDispatch(this IServiceCollection services) =>
        services.AddSingleton<HubDispatcher>().AddSingleton<GatewayMethods>().AddHostedService<LostNodes>();
}
