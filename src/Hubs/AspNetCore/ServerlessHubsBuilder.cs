using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serverless.Hubs.Descriptors;
using Serverless.Hubs.Dispatch;
using Serverless.Hubs.Management;
using Serverless.Protocol;

namespace Serverless.Hubs;

/// <summary>Adds hubs to an app.</summary>
public sealed class ServerlessHubsBuilder
{
    internal ServerlessHubsBuilder(IServiceCollection services) => Services = services;

    /// <summary>The app's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Adds a hub; calls for it are handled, and <see cref="HubContext{THub}"/> can be injected.</summary>
    /// <exception cref="InvalidOperationException">The class was not compiled with the source generator.</exception>
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

    /// <summary>Adds a filter around all hubs. Filters run in the order in which they are added, those of one hub inside.</summary>
    public ServerlessHubsBuilder AddFilter<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TFilter>()
        where TFilter : class, IHubFilter => AddFilter<TFilter>(hubType: null);

    /// <summary>Adds a filter around one hub.</summary>
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
