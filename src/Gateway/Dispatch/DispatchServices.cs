namespace Serverless.Gateway.Dispatch;

/// <summary>Registers this room's services.</summary>
internal static class DispatchServices
{
    public static IServiceCollection AddDispatch(this IServiceCollection services) => 
        services.AddSingleton<HubDispatcher>().AddHostedService<LostNodes>();
}
