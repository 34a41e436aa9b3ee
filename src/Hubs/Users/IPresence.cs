using Microsoft.AspNetCore.SignalR;
using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>Represents queries about the clients that are connected to a hub on any node of the gateway.</summary>
/// <typeparam name="THub">The hub.</typeparam>
public interface IPresence<THub>
    where THub : Hub
{
    /// <summary>Determines whether a connection exists.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True when the connection exists.</returns>
    Task<bool> IsConnectionHereAsync(string connectionId, CancellationToken cancellationToken = default);

    /// <summary>Determines whether a user has at least one connection.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True when the user has a connection.</returns>
    Task<bool> IsUserHereAsync(string userId, CancellationToken cancellationToken = default);

    /// <summary>Determines whether a group has at least one connection.</summary>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True when the group has a connection.</returns>
    Task<bool> IsGroupHereAsync(string group, CancellationToken cancellationToken = default);

    /// <summary>Lists the connections in a group. Pages are requested as the sequence is enumerated.</summary>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <returns>The connections.</returns>
    IAsyncEnumerable<GroupMember> InGroupAsync(string group, CancellationToken cancellationToken = default);
}
