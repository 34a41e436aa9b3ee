namespace Serverless.Hubs;

/// <summary>Whom a hub method can send to, seen from its caller.</summary>
/// <typeparam name="TClient"><see cref="IClientProxy"/>, or the interface of a typed hub.</typeparam>
public interface IHubCallerClients<out TClient> : IHubClients<TClient>
{
    /// <summary>The connection that called.</summary>
    TClient Caller { get; }

    /// <summary>Every client but the connection that called.</summary>
    TClient Others { get; }

    /// <summary>The members of a group but the connection that called.</summary>
    TClient OthersInGroup(string group);
}

/// <summary>Whom a hub method can send to, seen from its caller.</summary>
public interface IHubCallerClients : IHubCallerClients<IClientProxy>, IHubClients
{
    /// <summary>The connection that called, which can also be asked for a result.</summary>
    new ISingleClientProxy Caller { get; }
}
