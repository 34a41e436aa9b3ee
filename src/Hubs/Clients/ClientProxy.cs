using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>The kind of target of a <see cref="ClientProxy"/>.</summary>
internal enum ClientTarget
{
    All,
    Connections,
    Groups,
    Users,
}

/// <summary>Sends messages to clients over the gateway's REST API.</summary>
/// <param name="gateway">The client of the REST API.</param>
/// <param name="target">The kind of <paramref name="names"/>.</param>
/// <param name="names">The targets, each of which is sent one request, all at the same time; unused for <see cref="ClientTarget.All"/>.</param>
/// <param name="excluded">The ids of connections to exclude from all or from a group.</param>
internal sealed class ClientProxy(
    GatewayClient gateway, ClientTarget target, IReadOnlyList<string> names, IReadOnlyList<string> excluded) : IClientProxy
{
    public Task SendCoreAsync(string method, object?[] arguments, CancellationToken cancellationToken = default)
    {
        var message = gateway.Encode(method, arguments);
        return target == ClientTarget.All
            ? gateway.SendToAllAsync(message, excluded, cancellationToken)
            : names.Count == 1
                ? SendToAsync(names[0], message, cancellationToken)
                : Task.WhenAll(names.Distinct(StringComparer.Ordinal).Select(name => SendToAsync(name, message, cancellationToken)));
    }

    private Task SendToAsync(string name, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => target switch
    {
        ClientTarget.Connections => gateway.SendToConnectionAsync(name, message, cancellationToken),
        ClientTarget.Groups => gateway.SendToGroupAsync(name, message, excluded, cancellationToken),
        _ => gateway.SendToUserAsync(name, message, cancellationToken),
    };
}
