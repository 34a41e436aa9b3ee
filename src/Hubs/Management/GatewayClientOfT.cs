using Microsoft.AspNetCore.SignalR;
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
    internal GatewayClient(ServiceConnectionString connectionString, GatewayClientOptions options)
        : base(connectionString, HubName.Of(typeof(THub)), options)
    {
    }
}
