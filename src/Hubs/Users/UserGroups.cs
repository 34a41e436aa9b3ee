using Microsoft.AspNetCore.SignalR;
using Serverless.Hubs.Management;

namespace Serverless.Hubs.Users;

/// <summary>Manages the groups of users over the gateway's REST API.</summary>
/// <typeparam name="THub">The hub.</typeparam>
internal sealed class UserGroups<THub>(GatewayClient<THub> gateway) : IUserGroups<THub>
    where THub : Hub
{
    public Task AddToGroupAsync(string userId, string group, TimeSpan? timeToLive = null, CancellationToken cancellationToken = default) =>
        gateway.AddUserToGroupAsync(userId, group, timeToLive, cancellationToken);

    public Task RemoveFromGroupAsync(string userId, string group, CancellationToken cancellationToken = default) =>
        gateway.RemoveUserFromGroupAsync(userId, group, cancellationToken);

    public Task RemoveFromAllGroupsAsync(string userId, CancellationToken cancellationToken = default) =>
        gateway.RemoveUserFromAllGroupsAsync(userId, cancellationToken);

    public Task<bool> IsUserInGroupAsync(string userId, string group, CancellationToken cancellationToken = default) =>
        gateway.IsUserInGroupAsync(userId, group, cancellationToken);
}
