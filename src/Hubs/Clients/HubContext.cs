using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>Provides access to a hub's clients and groups from outside of the hub, such as another hub, a timer or a request handler.</summary>
/// <typeparam name="THub">The hub.</typeparam>
public sealed class HubContext<THub>
    where THub : Hub
{
    private readonly HubGroups _groups;

    /// <summary>Initializes a new instance for the hub of a <see cref="GatewayClient"/>. Services have the context injected instead.</summary>
    /// <param name="gateway">The client of the gateway's REST API.</param>
    public HubContext(GatewayClient gateway)
    {
        Gateway = gateway;
        Clients = new HubClients(gateway, callerId: null);
        _groups = new HubGroups(gateway);
        Presence = new Presence(gateway);
    }

    /// <summary>Gets the proxies that invoke methods on connected clients.</summary>
    public IHubClients Clients { get; }

    /// <summary>Gets the manager of the groups of connections.</summary>
    public IGroups Groups => _groups;

    /// <summary>Gets the manager of the groups of users.</summary>
    public IUserGroups UserGroups => _groups;

    /// <summary>Gets the queries about connected clients.</summary>
    public IPresence Presence { get; }

    /// <summary>Gets the client for all operations of the gateway's REST API on this hub.</summary>
    public GatewayClient Gateway { get; }

    /// <summary>Returns the proxies that invoke methods on connected clients through the client interface of a typed hub.</summary>
    /// <typeparam name="TClient">The client interface.</typeparam>
    /// <returns>The proxies.</returns>
    public IHubClients<TClient> ClientsOf<TClient>()
        where TClient : class => new TypedHubClients<TClient>(Clients);
}
