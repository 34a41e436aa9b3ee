using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Hubs;
using Serverless.Hubs.Execution;
using Serverless.Hubs.Management;
using Serverless.Hubs.Negotiation;
using Serverless.Hubs.Registration;
using Serverless.Hubs.Sending;
using Serverless.Hubs.Users;
using Serverless.Protocol;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Provides the extension method that puts an app's SignalR hubs behind the gateway.</summary>
public static class ServerlessSignalRExtensions
{
    /// <summary>
    /// Puts the app's hubs behind the gateway: they run for upstream requests, and what they send goes to the gateway's REST API. Map each hub
    /// with <c>MapServerlessHub</c>.
    /// </summary>
    /// <param name="signalR">The SignalR builder.</param>
    /// <param name="configure">Configures the options.</param>
    /// <returns>The SignalR builder.</returns>
    /// <remarks>
    /// The connection string is the configuration value <c>AzureSignalRConnectionString</c>, or <c>Azure:SignalR:ConnectionString</c>, unless
    /// <paramref name="configure"/> sets one. In the Development environment none is required. The app does not start with an invalid
    /// connection string; the error names the correct form.
    /// </remarks>
    public static ISignalRServerBuilder AddServerless(this ISignalRServerBuilder signalR, Action<ServerlessHubsOptions>? configure = null)
    {
        var services = signalR.Services;
        var options = services.AddOptions<ServerlessHubsOptions>().ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddLogging();
        services.AddAuthorization();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<ServerlessHubsOptions>, ServerlessHubsSetup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ServerlessHubsOptions>, ServerlessHubsSetup>());
        if (services.All(static service => service.ImplementationType != typeof(ServerlessHubOptionsSetup)))
        {
            // First, so that the filter is the outermost, and the app's own options take precedence.
            services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<HubOptions>, ServerlessHubOptionsSetup>());
        }

        services.Replace(ServiceDescriptor.Singleton(typeof(HubLifetimeManager<>), typeof(ServerlessLifetimeManager<>)));
        services.Replace(ServiceDescriptor.Scoped(typeof(IHubActivator<>), typeof(HubRunActivator<>)));
        services.TryAddSingleton(typeof(ClientMessages<>));
        services.TryAddSingleton(typeof(HubRunner<>));
        services.TryAddSingleton(typeof(ServerlessHub<>));
        services.TryAddSingleton(typeof(GatewayClient<>), typeof(GatewayClient<>));
        services.TryAddSingleton(typeof(IPresence<>), typeof(Presence<>));
        services.TryAddSingleton(typeof(IUserGroups<>), typeof(UserGroups<>));
        services.TryAddSingleton<HubCatalog>();
        services.TryAddSingleton<NegotiateHandler>();
        services.TryAddSingleton(provider => ServiceConnectionString.Parse(
            provider.GetRequiredService<IOptions<ServerlessHubsOptions>>().Value.ConnectionString!));
        services.TryAddSingleton(provider => new Negotiator(
            provider.GetRequiredService<ServiceConnectionString>(), provider.GetService<TimeProvider>()));
        services.TryAddSingleton(provider => new UpstreamDispatcher(
            provider.GetRequiredService<HubCatalog>(),
            provider.GetRequiredService<IServiceScopeFactory>(),
            provider.GetRequiredService<ServiceConnectionString>(),
            provider.GetRequiredService<IOptions<ServerlessHubsOptions>>(),
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILogger<UpstreamDispatcher>>()));
        return signalR;
    }
}
