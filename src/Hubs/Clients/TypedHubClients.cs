namespace Serverless.Hubs;

/// <summary>Creates the proxies for the clients of a hub as its client interface.</summary>
internal sealed class TypedHubClients<TClient>(IHubClients<IClientProxy> clients) : IHubClients<TClient>
    where TClient : class
{
    public TClient All => TypedClients.Create<TClient>(clients.All);

    public TClient AllExcept(params IReadOnlyList<string> excludedConnectionIds) =>
        TypedClients.Create<TClient>(clients.AllExcept(excludedConnectionIds));

    public TClient Client(string connectionId) => TypedClients.Create<TClient>(clients.Client(connectionId));

    public TClient Clients(params IReadOnlyList<string> connectionIds) =>
        TypedClients.Create<TClient>(clients.Clients(connectionIds));

    public TClient Group(string group) => TypedClients.Create<TClient>(clients.Group(group));

    public TClient Groups(params IReadOnlyList<string> groups) => TypedClients.Create<TClient>(clients.Groups(groups));

    public TClient GroupExcept(string group, params IReadOnlyList<string> excludedConnectionIds) =>
        TypedClients.Create<TClient>(clients.GroupExcept(group, excludedConnectionIds));

    public TClient User(string userId) => TypedClients.Create<TClient>(clients.User(userId));

    public TClient Users(params IReadOnlyList<string> userIds) => TypedClients.Create<TClient>(clients.Users(userIds));
}

/// <summary>Creates the proxies for the clients of a hub, including the caller, as its client interface.</summary>
internal sealed class TypedHubCallerClients<TClient>(IHubCallerClients<IClientProxy> clients) : IHubCallerClients<TClient>
    where TClient : class
{
    private readonly TypedHubClients<TClient> _all = new(clients);

    public TClient Caller => TypedClients.Create<TClient>(clients.Caller);

    public TClient Others => TypedClients.Create<TClient>(clients.Others);

    public TClient OthersInGroup(string group) => TypedClients.Create<TClient>(clients.OthersInGroup(group));

    public TClient All => _all.All;

    public TClient AllExcept(params IReadOnlyList<string> excludedConnectionIds) => _all.AllExcept(excludedConnectionIds);

    public TClient Client(string connectionId) => _all.Client(connectionId);

    public TClient Clients(params IReadOnlyList<string> connectionIds) => _all.Clients(connectionIds);

    public TClient Group(string group) => _all.Group(group);

    public TClient Groups(params IReadOnlyList<string> groups) => _all.Groups(groups);

    public TClient GroupExcept(string group, params IReadOnlyList<string> excludedConnectionIds) =>
        _all.GroupExcept(group, excludedConnectionIds);

    public TClient User(string userId) => _all.User(userId);

    public TClient Users(params IReadOnlyList<string> userIds) => _all.Users(userIds);
}
