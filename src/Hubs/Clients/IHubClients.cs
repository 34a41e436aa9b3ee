namespace Serverless.Hubs;

/// <summary>Whom a hub can send to.</summary>
/// <typeparam name="TClient"><see cref="IClientProxy"/>, or the interface of a typed hub.</typeparam>
public interface IHubClients<out TClient>
{
    /// <summary>Every client of the hub.</summary>
    TClient All { get; }

    /// <summary>Every client but the given connections.</summary>
    TClient AllExcept(params IReadOnlyList<string> excludedConnectionIds);

    /// <summary>One connection.</summary>
    TClient Client(string connectionId);

    /// <summary>Some connections.</summary>
    TClient Clients(params IReadOnlyList<string> connectionIds);

    /// <summary>The members of a group.</summary>
    TClient Group(string group);

    /// <summary>The members of some groups; a client that is in two of them is sent the message twice.</summary>
    TClient Groups(params IReadOnlyList<string> groups);

    /// <summary>The members of a group but the given connections.</summary>
    TClient GroupExcept(string group, params IReadOnlyList<string> excludedConnectionIds);

    /// <summary>All connections of a user.</summary>
    TClient User(string userId);

    /// <summary>All connections of some users.</summary>
    TClient Users(params IReadOnlyList<string> userIds);
}

/// <summary>Whom a hub can send to, without regard to any caller.</summary>
public interface IHubClients : IHubClients<IClientProxy>
{
    /// <summary>One connection, which can also be asked for a result.</summary>
    new ISingleClientProxy Client(string connectionId);
}
