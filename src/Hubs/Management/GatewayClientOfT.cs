using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using Serverless.Protocol;

namespace Serverless.Hubs.Management;

/// <summary>
/// Represents the client of the gateway's REST API for a hub class, as a service of the app, for operations that <c>IHubContext</c> does not
/// have.
/// </summary>
/// <typeparam name="THub">The hub.</typeparam>
public sealed class GatewayClient<THub> : GatewayClient
    where THub : Hub
{
    /// <summary>Initializes a new instance. Called by dependency injection.</summary>
    /// <param name="connectionString">The gateway's connection string.</param>
    /// <param name="options">The options, of which <see cref="ServerlessHubsOptions.Gateway"/> is used.</param>
    public GatewayClient(ServiceConnectionString connectionString, IOptions<ServerlessHubsOptions> options)
        : base(connectionString, HubName.Of(typeof(THub)), options.Value.Gateway)
    {
    }
}
