using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>One client of a hub, which can be asked for a result.</summary>
public interface ISingleClientProxy : IClientProxy
{
    /// <summary>Calls a method of the client and waits for its result.</summary>
    /// <param name="method">The name of the client's method.</param>
    /// <param name="arguments">Values, or <see cref="ClientArgument"/>s where the type to write is not the value's own.</param>
    /// <param name="cancellationToken">Gives up waiting; the client may still do its part.</param>
    /// <exception cref="ClientCallException">The client failed, is not there or does not answer.</exception>
    Task<T> InvokeCoreAsync<T>(string method, object?[] arguments, CancellationToken cancellationToken = default);
}

/// <summary><c>InvokeAsync</c> with its arguments written out.</summary>
public static class SingleClientProxyExtensions
{
    /// <summary>Calls a method of the client and waits for its result.</summary>
    /// <exception cref="ClientCallException">The client failed, is not there or does not answer.</exception>
    public static Task<T> InvokeAsync<T>(
        this ISingleClientProxy client, string method, CancellationToken cancellationToken, params object?[] arguments) =>
        client.InvokeCoreAsync<T>(method, arguments, cancellationToken);

    /// <inheritdoc cref="InvokeAsync{T}(ISingleClientProxy, string, CancellationToken, object?[])"/>
    public static Task<T> InvokeAsync<T>(this ISingleClientProxy client, string method, params object?[] arguments) =>
        client.InvokeCoreAsync<T>(method, arguments);

    /// <summary>For generated code: the result of one client, or a clear error where there may be several.</summary>
    /// <exception cref="InvalidOperationException">The clients are not one alone.</exception>
    [System.ComponentModel.EditorBrowsable(System.ComponentModel.EditorBrowsableState.Never)]
    public static Task<T> InvokeSingleAsync<T>(
        IClientProxy clients, string method, object?[] arguments, CancellationToken cancellationToken) =>
        clients is ISingleClientProxy single
            ? single.InvokeCoreAsync<T>(method, arguments, cancellationToken)
            : throw new InvalidOperationException(
                $"'{method}' has a result, which one client gives: call it through Clients.Caller or Clients.Client(connectionId).");
}

/// <summary>A connection that is reached over the gateway's REST API.</summary>
internal sealed class SingleClientProxy(GatewayClient gateway, string connectionId) : ISingleClientProxy
{
    public Task SendCoreAsync(string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        gateway.SendToConnectionAsync(connectionId, gateway.Encode(method, arguments), cancellationToken);

    public async Task<T> InvokeCoreAsync<T>(string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        (await gateway.InvokeConnectionAsync<T>(connectionId, method, gateway.Encode(method, arguments), cancellationToken))!;
}
