using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Hubs.AspNetCore;
using Serverless.Hubs.Dispatch;
using Serverless.Protocol;

namespace Serverless.Hubs;

/// <summary>Adds what hubs need to an app's services.</summary>
public static class ServerlessHubsServiceCollectionExtensions
{
    /// <summary>
    /// Adds hub support. The connection string is the configuration's <c>AzureSignalRConnectionString</c> unless
    /// <paramref name="configure"/> sets one; a wrong one stops the app's start with what to write. In Development none is needed.
    /// </summary>
    public static ServerlessHubsBuilder AddServerlessHubs(
        this IServiceCollection services, Action<ServerlessHubsOptions>? configure = null)
    {
        var options = services.AddOptions<ServerlessHubsOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddLogging();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<ServerlessHubsOptions>, ServerlessHubsSetup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ServerlessHubsOptions>, ServerlessHubsSetup>());
        services.TryAddSingleton(provider => ServiceConnectionString.Parse(
            provider.GetRequiredService<IOptions<ServerlessHubsOptions>>().Value.ConnectionString!));
        services.TryAddSingleton(provider => new Negotiator(
            provider.GetRequiredService<ServiceConnectionString>(), provider.GetService<TimeProvider>()));
        services.TryAddSingleton(provider => new UpstreamDispatcher(
            provider.GetServices<HubRuntime>(),
            provider.GetRequiredService<IServiceScopeFactory>(),
            provider.GetRequiredService<ServiceConnectionString>(),
            provider.GetRequiredService<IOptions<ServerlessHubsOptions>>(),
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILogger<UpstreamDispatcher>>()));
        return new ServerlessHubsBuilder(services);
    }
}
