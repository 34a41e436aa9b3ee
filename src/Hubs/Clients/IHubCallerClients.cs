namespace Serverless.Hubs;

/// <summary>Represents the proxies that a hub method can invoke clients through, including its caller.</summary>
/// <typeparam name="TClient"><see cref="IClientProxy"/>, or the client interface of a typed hub.</typeparam>
public interface IHubCallerClients<out TClient> : IHubClients<TClient>
{
    /// <summary>Gets a proxy for the connection that called the hub method.</summary>
    TClient Caller { get; }

    /// <summary>Gets a proxy for all connections of the hub except the caller.</summary>
    TClient Others { get; }

    /// <summary>Returns a proxy for all connections in a group except the caller.</summary>
    /// <param name="group">The group.</param>
    /// <returns>The proxy.</returns>
    TClient OthersInGroup(string group);
}

/// <summary>Represents the proxies that a hub method can invoke clients through, including its caller.</summary>
public interface IHubCallerClients : IHubCallerClients<IClientProxy>, IHubClients
{
    /// <summary>Gets a proxy for the connection that called the hub method, which can also return a result.</summary>
    new ISingleClientProxy Caller { get; }
}
