using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Serverless.Hubs.Execution;
using Serverless.Hubs.Management;

namespace Serverless.Hubs.Sending;

/// <summary>
/// The lifetime manager of hubs behind the gateway: messages to clients, groups and client results are requests to the gateway's REST API.
/// </summary>
/// <typeparam name="THub">The hub.</typeparam>
internal sealed class ServerlessLifetimeManager<THub>(GatewayClient<THub> gateway, ClientMessages<THub> messages) : HubLifetimeManager<THub>
    where THub : Hub
{
    /// <summary>Gives the connection of an upstream request the user id that the gateway knows the client by.</summary>
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        if (connection.Features.Get<UpstreamConnection>() is { } upstream)
        {
            connection.UserIdentifier = upstream.UserIdentifier;
        }

        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection) => Task.CompletedTask;

    public override Task SendAllAsync(string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        gateway.SendToAllAsync(messages.Encode(methodName, args), [], cancellationToken);

    public override Task SendAllExceptAsync(
        string methodName, object?[] args, IReadOnlyList<string> excludedConnectionIds, CancellationToken cancellationToken = default) =>
        gateway.SendToAllAsync(messages.Encode(methodName, args), excludedConnectionIds, cancellationToken);

    public override Task SendConnectionAsync(string connectionId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        gateway.SendToConnectionAsync(connectionId, messages.Encode(methodName, args), cancellationToken);

    public override Task SendConnectionsAsync(
        IReadOnlyList<string> connectionIds, string methodName, object?[] args, CancellationToken cancellationToken = default)
    {
        var message = messages.Encode(methodName, args);
        return ToEachAsync(connectionIds, id => gateway.SendToConnectionAsync(id, message, cancellationToken));
    }

    public override Task SendGroupAsync(string groupName, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        gateway.SendToGroupAsync(groupName, messages.Encode(methodName, args), [], cancellationToken);

    public override Task SendGroupExceptAsync(
        string groupName,
        string methodName,
        object?[] args,
        IReadOnlyList<string> excludedConnectionIds,
        CancellationToken cancellationToken = default) =>
        gateway.SendToGroupAsync(groupName, messages.Encode(methodName, args), excludedConnectionIds, cancellationToken);

    public override Task SendGroupsAsync(
        IReadOnlyList<string> groupNames, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        gateway.SendToGroupsAsync(groupNames, messages.Encode(methodName, args), cancellationToken);

    public override Task SendUserAsync(string userId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        gateway.SendToUserAsync(userId, messages.Encode(methodName, args), cancellationToken);

    public override Task SendUsersAsync(
        IReadOnlyList<string> userIds, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        gateway.SendToUsersAsync(userIds, messages.Encode(methodName, args), cancellationToken);

    public override Task AddToGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default) =>
        gateway.AddConnectionToGroupAsync(connectionId, groupName, cancellationToken);

    public override Task RemoveFromGroupAsync(string connectionId, string groupName, CancellationToken cancellationToken = default) =>
        gateway.RemoveConnectionFromGroupAsync(connectionId, groupName, cancellationToken);

    /// <summary>Invokes a method on a client and waits for its result, with the framework's exceptions.</summary>
    public override async Task<T> InvokeConnectionAsync<T>(
        string connectionId, string methodName, object?[] args, CancellationToken cancellationToken)
    {
        try
        {
            var (protocol, completion) = await gateway.InvokeConnectionAsync(
                connectionId, methodName, messages.Encode(methodName, args), cancellationToken);
            return messages.Decode<T>(protocol, completion);
        }
        catch (ClientCallException failure)
        {
            throw failure.Failure switch
            {
                ClientCallFailure.NoConnection => new IOException($"Connection '{connectionId}' does not exist.", failure),
                ClientCallFailure.TimedOut => new TimeoutException(failure.Message, failure),
                _ => new HubException(failure.Message, failure),
            };
        }
    }

    // The results of clients arrive at the gateway.
    public override Task SetConnectionResultAsync(string connectionId, CompletionMessage result) => throw new NotSupportedException();

    public override bool TryGetReturnType(string invocationId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Type? type)
    {
        type = null;
        return false;
    }

    private static Task ToEachAsync(IReadOnlyList<string> names, Func<string, Task> send) => names.Count switch
    {
        0 => Task.CompletedTask,
        1 => send(names[0]),
        _ => Task.WhenAll(names.Distinct(StringComparer.Ordinal).Select(send)),
    };
}
