namespace Serverless.Hubs;

/// <summary>Groups of connections. Membership ends with the connection.</summary>
public interface IGroups
{
    /// <summary>Adds a connection to a group; a connection that is gone is no error.</summary>
    Task AddToGroupAsync(string connectionId, string group, CancellationToken cancellationToken = default);

    /// <summary>Removes a connection from a group.</summary>
    Task RemoveFromGroupAsync(string connectionId, string group, CancellationToken cancellationToken = default);

    /// <summary>Removes a connection from all groups of the hub.</summary>
    Task RemoveFromAllGroupsAsync(string connectionId, CancellationToken cancellationToken = default);
}
