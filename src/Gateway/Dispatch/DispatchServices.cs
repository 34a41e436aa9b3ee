using Serverless.Gateway.Dispatch.Calls;
using Serverless.Gateway.Dispatch.InProcess;
using Serverless.Gateway.Dispatch.Nodes;
using Serverless.Gateway.Dispatch.Streams;
using Serverless.Gateway.Dispatch.Ways;

namespace Serverless.Gateway.Dispatch;

/// <summary>Registers this room's services.</summary>
internal static class DispatchServices
{
    public static IServiceCollection AddDispatch(this IServiceCollection services)
    {
        services.AddSingleton<StreamLimits>();
        services.AddSingleton<CallLedger>();
        services.AddSingleton<CallLoad>();
        services.AddSingleton<CallTelemetry>();
        services.AddSingleton<UpstreamCalls>();
        services.AddSingleton<WayServices>();
        services.AddSingleton<HubDispatcher>();
        services.AddSingleton<GatewayMethods>();
        services.AddHostedService<LostNodes>();
        return services;
    }
}
