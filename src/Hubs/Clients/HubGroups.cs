using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>Manages both kinds of groups of one hub over the gateway's REST API.</summary>
internal sealed class HubGroups(GatewayClient gateway) : IGroups, IUserGroups
{
    Task IGroups.AddToGroupAsync(string connectionId, string group, CancellationToken cancellationToken) =>
        gateway.AddConnectionToGroupAsync(connectionId, group, cancellationToken);

    Task IGroups.RemoveFromGroupAsync(string connectionId, string group, CancellationToken cancellationToken) =>
        gateway.RemoveConnectionFromGroupAsync(connectionId, group, cancellationToken);

    Task IGroups.RemoveFromAllGroupsAsync(string connectionId, CancellationToken cancellationToken) =>
        gateway.RemoveConnectionFromAllGroupsAsync(connectionId, cancellationToken);

    Task IUserGroups.AddToGroupAsync(string userId, string group, TimeSpan? timeToLive, CancellationToken cancellationToken) =>
        gateway.AddUserToGroupAsync(userId, group, timeToLive, cancellationToken);

    Task IUserGroups.RemoveFromGroupAsync(string userId, string group, CancellationToken cancellationToken) =>
        gateway.RemoveUserFromGroupAsync(userId, group, cancellationToken);

    Task IUserGroups.RemoveFromAllGroupsAsync(string userId, CancellationToken cancellationToken) =>
        gateway.RemoveUserFromAllGroupsAsync(userId, cancellationToken);

    Task<bool> IUserGroups.IsUserInGroupAsync(string userId, string group, CancellationToken cancellationToken) =>
        gateway.IsUserInGroupAsync(userId, group, cancellationToken);
}
