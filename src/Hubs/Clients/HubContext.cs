using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>Sends to the clients of a hub and manages its groups from anywhere: another hub, a timer, a request handler.</summary>
/// <typeparam name="THub">The hub.</typeparam>
public sealed class HubContext<THub>
    where THub : Hub
{
    private readonly HubGroups _groups;

    /// <summary>The context of the hub that a client addresses. Services get one by injection.</summary>
    public HubContext(GatewayClient gateway)
    {
        Gateway = gateway;
        Clients = new HubClients(gateway, callerId: null);
        _groups = new HubGroups(gateway);
        Presence = new Presence(gateway);
    }

    /// <summary>Whom to send to.</summary>
    public IHubClients Clients { get; }

    /// <summary>Groups of connections.</summary>
    public IGroups Groups => _groups;

    /// <summary>Groups of users.</summary>
    public IUserGroups UserGroups => _groups;

    /// <summary>Who is connected.</summary>
    public IPresence Presence { get; }

    /// <summary>Every operation of the gateway's REST API on this hub.</summary>
    public GatewayClient Gateway { get; }

    /// <summary>Whom to send to, through the interface of a typed hub.</summary>
    public IHubClients<TClient> ClientsOf<TClient>()
        where TClient : class => new TypedHubClients<TClient>(Clients);
}
