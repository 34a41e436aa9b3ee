namespace Serverless.Hubs;

/// <summary>Groups of users. A member's present and future connections belong to the group.</summary>
public interface IUserGroups
{
    /// <summary>Adds a user to a group, for a time if <paramref name="timeToLive"/> is given. To add again renews the time.</summary>
    Task AddToGroupAsync(
        string userId, string group, TimeSpan? timeToLive = null, CancellationToken cancellationToken = default);

    /// <summary>Removes a user from a group.</summary>
    Task RemoveFromGroupAsync(string userId, string group, CancellationToken cancellationToken = default);

    /// <summary>Removes a user from all groups of the hub.</summary>
    Task RemoveFromAllGroupsAsync(string userId, CancellationToken cancellationToken = default);

    /// <summary>Whether a user is in a group.</summary>
    Task<bool> IsUserInGroupAsync(string userId, string group, CancellationToken cancellationToken = default);
}
