using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Execution;
using Serverless.Hubs.Registration;

namespace Serverless.Hubs.Tests.Support;

/// <summary>Adds the hubs of a test, as the Functions adapter does.</summary>
internal sealed class TestHubs(ISignalRServerBuilder signalR)
{
    public ISignalRServerBuilder SignalR { get; } = signalR;

    public IServiceCollection Services => SignalR.Services;

    public TestHubs AddHub<[DynamicallyAccessedMembers(HubMembers.Needed)] THub>(Action<HubOptions<THub>>? configure = null)
        where THub : Hub
    {
        Services.AddSingleton<IServerlessHub>(static services => services.GetRequiredService<ServerlessHub<THub>>());
        SignalR.AddHubOptions<THub>(options => configure?.Invoke(options));
        return this;
    }
}
