using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>Who is connected to a hub, as all nodes of the gateway know it.</summary>
public interface IPresence
{
    /// <summary>Whether a connection is there.</summary>
    Task<bool> IsConnectionHereAsync(string connectionId, CancellationToken cancellationToken = default);

    /// <summary>Whether a user has a connection.</summary>
    Task<bool> IsUserHereAsync(string userId, CancellationToken cancellationToken = default);

    /// <summary>Whether a group has a connection.</summary>
    Task<bool> IsGroupHereAsync(string group, CancellationToken cancellationToken = default);

    /// <summary>The connections in a group, asked for page by page as they are read.</summary>
    IAsyncEnumerable<GroupMember> InGroupAsync(string group, CancellationToken cancellationToken = default);
}

/// <summary>Presence as the gateway's REST API tells it.</summary>
internal sealed class Presence(GatewayClient gateway) : IPresence
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
