using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serverless.Hubs.Execution;
using Serverless.Hubs.Registration;

namespace Serverless.Hubs.Functions;

/// <summary>Adds hubs to a function app.</summary>
public sealed class ServerlessHubsBuilder
{
    internal ServerlessHubsBuilder(ISignalRServerBuilder signalR) => SignalR = signalR;

    /// <summary>Gets the SignalR builder, for protocols such as <c>AddMessagePackProtocol()</c>.</summary>
    public ISignalRServerBuilder SignalR { get; }

    /// <summary>Gets the app's services.</summary>
    public IServiceCollection Services => SignalR.Services;

    /// <summary>Adds a hub and its functions.</summary>
    /// <typeparam name="THub">The hub.</typeparam>
    /// <param name="configure">Configures the hub's functions.</param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// The app does not start if a method of the hub takes a stream from the client, or if another hub has the same name.
    /// </remarks>
    public ServerlessHubsBuilder AddHub<[DynamicallyAccessedMembers(HubMembers.Needed)] THub>(Action<HubFunctionsOptions>? configure = null)
        where THub : Hub
    {
        Services.TryAddEnumerable(ServiceDescriptor.Singleton<IServerlessHub, ServerlessHub<THub>>(
            static services => services.GetRequiredService<ServerlessHub<THub>>()));
        if (configure is not null)
        {
            Services.Configure(HubFunctionTable.OptionsName(typeof(THub)), configure);
        }

        return this;
    }
}
