namespace Serverless.Hubs;

/// <summary>Represents the proxies that invoke methods on the clients of a hub.</summary>
/// <typeparam name="TClient"><see cref="IClientProxy"/>, or the client interface of a typed hub.</typeparam>
public interface IHubClients<out TClient>
{
    /// <summary>Gets a proxy for all connections of the hub.</summary>
    TClient All { get; }

    /// <summary>Returns a proxy for all connections of the hub except the specified ones.</summary>
    /// <param name="excludedConnectionIds">The ids of the connections to exclude.</param>
    /// <returns>The proxy.</returns>
    TClient AllExcept(params IReadOnlyList<string> excludedConnectionIds);

    /// <summary>Returns a proxy for one connection.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <returns>The proxy.</returns>
    TClient Client(string connectionId);

    /// <summary>Returns a proxy for the specified connections.</summary>
    /// <param name="connectionIds">The connection ids.</param>
    /// <returns>The proxy.</returns>
    TClient Clients(params IReadOnlyList<string> connectionIds);

    /// <summary>Returns a proxy for all connections in a group.</summary>
    /// <param name="group">The group.</param>
    /// <returns>The proxy.</returns>
    TClient Group(string group);

    /// <summary>Returns a proxy for all connections in the specified groups. A client that is in two of them receives the message twice.</summary>
    /// <param name="groups">The groups.</param>
    /// <returns>The proxy.</returns>
    TClient Groups(params IReadOnlyList<string> groups);

    /// <summary>Returns a proxy for all connections in a group except the specified ones.</summary>
    /// <param name="group">The group.</param>
    /// <param name="excludedConnectionIds">The ids of the connections to exclude.</param>
    /// <returns>The proxy.</returns>
    TClient GroupExcept(string group, params IReadOnlyList<string> excludedConnectionIds);

    /// <summary>Returns a proxy for all connections of a user.</summary>
    /// <param name="userId">The user id.</param>
    /// <returns>The proxy.</returns>
    TClient User(string userId);

    /// <summary>Returns a proxy for all connections of the specified users.</summary>
    /// <param name="userIds">The user ids.</param>
    /// <returns>The proxy.</returns>
    TClient Users(params IReadOnlyList<string> userIds);
}

/// <summary>Represents the proxies that invoke methods on the clients of a hub, independent of a caller.</summary>
public interface IHubClients : IHubClients<IClientProxy>
{
    /// <summary>Returns a proxy for one connection, which can also return a result.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <returns>The proxy.</returns>
    new ISingleClientProxy Client(string connectionId);
}
