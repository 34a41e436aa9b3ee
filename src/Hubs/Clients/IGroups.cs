namespace Serverless.Hubs;

/// <summary>Represents a manager of the groups of connections. Membership ends when the connection closes.</summary>
public interface IGroups
{
    /// <summary>Adds a connection to a group. Has no effect when the connection no longer exists.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task AddToGroupAsync(string connectionId, string group, CancellationToken cancellationToken = default);

    /// <summary>Removes a connection from a group.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="group">The group.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task RemoveFromGroupAsync(string connectionId, string group, CancellationToken cancellationToken = default);

    /// <summary>Removes a connection from all groups of the hub.</summary>
    /// <param name="connectionId">The connection id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    Task RemoveFromAllGroupsAsync(string connectionId, CancellationToken cancellationToken = default);
}
