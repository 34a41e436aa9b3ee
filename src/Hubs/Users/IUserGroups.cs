using Microsoft.AspNetCore.SignalR;

namespace Serverless.Hubs;

/// <summary>Represents a manager of the groups of users. All present and future connections of a member belong to the group.</summary>
/// <typeparam name="THub">The hub.</typeparam>
public interface IUserGroups<THub>
    where THub : Hub
{
    /// <summary>Adds a user to a group. Adding a member again renews its time to live.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="group">The group.</param>
    /// <param name="timeToLive">
    /// The time for which the user stays a member, in whole seconds; null for no limit, of which the gateway keeps a user's latest 100. Zero
    /// adds only the present connections.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task AddToGroupAsync(
        string userId, string group, TimeSpan? timeToLive = null, CancellationToken cancellationToken = default);

    /// <summary>Removes a user from a group.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task RemoveFromGroupAsync(string userId, string group, CancellationToken cancellationToken = default);

    /// <summary>Removes a user from all groups of the hub.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task RemoveFromAllGroupsAsync(string userId, CancellationToken cancellationToken = default);

    /// <summary>Determines whether a user is a member of a group.</summary>
    /// <param name="userId">The user id.</param>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True when the user is a member.</returns>
    Task<bool> IsUserInGroupAsync(string userId, string group, CancellationToken cancellationToken = default);
}
