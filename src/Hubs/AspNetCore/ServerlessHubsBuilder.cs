using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serverless.Hubs.Descriptors;
using Serverless.Hubs.Dispatch;
using Serverless.Hubs.Management;
using Serverless.Protocol;

namespace Serverless.Hubs;

/// <summary>Represents a builder that adds hubs and hub filters to an app.</summary>
public sealed class ServerlessHubsBuilder
{
    internal ServerlessHubsBuilder(IServiceCollection services) => Services = services;

    /// <summary>Gets the app's service collection.</summary>
    public IServiceCollection Services { get; }

    /// <summary>
    /// Adds a hub. The app then handles upstream requests for the hub, and <see cref="HubContext{THub}"/> can be injected. Adding a hub
    /// again has no effect.
    /// </summary>
    /// <typeparam name="THub">The hub.</typeparam>
    /// <returns>This builder.</returns>
    /// <exception cref="InvalidOperationException">The class was not compiled with the source generator of this package.</exception>
    public ServerlessHubsBuilder AddHub<THub>()
        where THub : Hub
    {
        var descriptor = HubDescriptor.Of(typeof(THub));
        if (Services.Any(service => service.ImplementationInstance == descriptor))
        {
            return this;
        }

        Services.AddSingleton(descriptor);
        Services.AddSingleton(services => new HubContext<THub>(new GatewayClient(
            services.GetRequiredService<ServiceConnectionString>(),
            descriptor.Name,
            services.GetRequiredService<Microsoft.Extensions.Options.IOptions<ServerlessHubsOptions>>().Value.Gateway)));
        Services.AddSingleton(services => new HubRuntime(
            descriptor,
            services.GetRequiredService<HubContext<THub>>().Gateway,
            services.GetServices<HubFilterRegistration>()));
        return this;
    }

    /// <summary>Adds a filter that runs around every hub.</summary>
    /// <typeparam name="TFilter">The filter. It is registered as a scoped service unless the app has registered it.</typeparam>
    /// <returns>This builder.</returns>
    /// <remarks>Filters run in the order in which they are added; filters of one hub run inside the filters of all hubs.</remarks>
    public ServerlessHubsBuilder AddFilter<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TFilter>()
        where TFilter : class, IHubFilter => AddFilter<TFilter>(hubType: null);

    /// <summary>Adds a filter that runs around one hub.</summary>
    /// <typeparam name="THub">The hub.</typeparam>
    /// <typeparam name="TFilter">The filter. It is registered as a scoped service unless the app has registered it.</typeparam>
    /// <returns>This builder.</returns>
    public ServerlessHubsBuilder AddFilter<THub, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TFilter>()
        where THub : Hub
        where TFilter : class, IHubFilter => AddFilter<TFilter>(typeof(THub));

    private ServerlessHubsBuilder AddFilter<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TFilter>(
        Type? hubType)
        where TFilter : class, IHubFilter
    {
        Services.TryAddScoped<TFilter>();
        Services.AddSingleton(new HubFilterRegistration(hubType, static services => services.GetRequiredService<TFilter>()));
        return this;
    }
}
