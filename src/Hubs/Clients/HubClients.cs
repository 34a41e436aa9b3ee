using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>Creates the proxies for the clients of one hub, with or without a caller.</summary>
internal sealed class HubClients(GatewayClient gateway, string? callerId) : IHubCallerClients
{
    public IClientProxy All => new ClientProxy(gateway, ClientTarget.All, [], []);

    public ISingleClientProxy Caller => Client(callerId!);

    IClientProxy IHubCallerClients<IClientProxy>.Caller => Caller;

    public IClientProxy Others => AllExcept(callerId!);

    public IClientProxy OthersInGroup(string group) => GroupExcept(group, callerId!);

    public IClientProxy AllExcept(params IReadOnlyList<string> excludedConnectionIds) =>
        new ClientProxy(gateway, ClientTarget.All, [], excludedConnectionIds);

    public ISingleClientProxy Client(string connectionId) => new SingleClientProxy(gateway, connectionId);

    IClientProxy IHubClients<IClientProxy>.Client(string connectionId) => Client(connectionId);

    public IClientProxy Clients(params IReadOnlyList<string> connectionIds) =>
        new ClientProxy(gateway, ClientTarget.Connections, connectionIds, []);

    public IClientProxy Group(string group) => new ClientProxy(gateway, ClientTarget.Groups, [group], []);

    public IClientProxy Groups(params IReadOnlyList<string> groups) => new ClientProxy(gateway, ClientTarget.Groups, groups, []);

    public IClientProxy GroupExcept(string group, params IReadOnlyList<string> excludedConnectionIds) =>
        new ClientProxy(gateway, ClientTarget.Groups, [group], excludedConnectionIds);

    public IClientProxy User(string userId) => new ClientProxy(gateway, ClientTarget.Users, [userId], []);

    public IClientProxy Users(params IReadOnlyList<string> userIds) => new ClientProxy(gateway, ClientTarget.Users, userIds, []);
}
