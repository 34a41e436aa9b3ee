using Microsoft.AspNetCore.SignalR;
using Serverless.Hubs.Management;

namespace Serverless.Hubs.Users;

/// <summary>Answers presence queries over the gateway's REST API.</summary>
/// <typeparam name="THub">The hub.</typeparam>
internal sealed class Presence<THub>(GatewayClient<THub> gateway) : IPresence<THub>
    where THub : Hub
{
    public Task<bool> IsConnectionHereAsync(string connectionId, CancellationToken cancellationToken = default) =>
        gateway.ConnectionExistsAsync(connectionId, cancellationToken);

    public Task<bool> IsUserHereAsync(string userId, CancellationToken cancellationToken = default) =>
        gateway.UserExistsAsync(userId, cancellationToken);

    public Task<bool> IsGroupHereAsync(string group, CancellationToken cancellationToken = default) =>
        gateway.GroupExistsAsync(group, cancellationToken);

    public IAsyncEnumerable<GroupMember> InGroupAsync(string group, CancellationToken cancellationToken = default) =>
        gateway.ListGroupConnectionsAsync(group, cancellationToken: cancellationToken);
}
