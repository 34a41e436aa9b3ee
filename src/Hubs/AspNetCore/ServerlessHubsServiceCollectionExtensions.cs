using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Hubs.AspNetCore;
using Serverless.Hubs.Dispatch;
using Serverless.Protocol;

namespace Serverless.Hubs;

/// <summary>Provides the extension method that adds hub support to an app's services.</summary>
public static class ServerlessHubsServiceCollectionExtensions
{
    /// <summary>Adds hub support to an app's services.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="configure">Configures the options.</param>
    /// <returns>A builder to add hubs and filters with.</returns>
    /// <remarks>
    /// The connection string is the configuration value <c>AzureSignalRConnectionString</c> unless <paramref name="configure"/> sets one. In
    /// the Development environment neither is required. The app does not start with an invalid connection string; the error names the
    /// correct form.
    /// </remarks>
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
