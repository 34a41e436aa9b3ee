using Serverless.Hubs.Management;

namespace Serverless.Hubs;

/// <summary>Represents a proxy that invokes methods on a single client of a hub and can return their results.</summary>
public interface ISingleClientProxy : IClientProxy
{
    /// <summary>Invokes a method on the client and waits for its result.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="method">The name of the method to invoke.</param>
    /// <param name="arguments">The arguments: values, or <see cref="ClientArgument"/>s where the type to write is not the value's own.</param>
    /// <param name="cancellationToken">Cancels the wait; the client may still run the method.</param>
    /// <returns>The client's result.</returns>
    /// <exception cref="ClientCallException">The client failed, is not connected, or did not answer in time.</exception>
    Task<T> InvokeCoreAsync<T>(string method, object?[] arguments, CancellationToken cancellationToken = default);
}

/// <summary>Provides <c>InvokeAsync</c> extension methods for <see cref="ISingleClientProxy"/>.</summary>
public static class SingleClientProxyExtensions
{
    /// <summary>Invokes a method on the client and waits for its result.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="client">The client.</param>
    /// <param name="method">The name of the method to invoke.</param>
    /// <param name="cancellationToken">Cancels the wait; the client may still run the method.</param>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The client's result.</returns>
    /// <exception cref="ClientCallException">The client failed, is not connected, or did not answer in time.</exception>
    public static Task<T> InvokeAsync<T>(
        this ISingleClientProxy client, string method, CancellationToken cancellationToken, params object?[] arguments) =>
        client.InvokeCoreAsync<T>(method, arguments, cancellationToken);

    /// <inheritdoc cref="InvokeAsync{T}(ISingleClientProxy, string, CancellationToken, object?[])"/>
    public static Task<T> InvokeAsync<T>(this ISingleClientProxy client, string method, params object?[] arguments) =>
        client.InvokeCoreAsync<T>(method, arguments);

    /// <summary>Invokes a method on a single client and waits for its result. Called by generated code.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="clients">The client.</param>
    /// <param name="method">The name of the method to invoke.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The client's result.</returns>
    /// <exception cref="InvalidOperationException"><paramref name="clients"/> may be more than one client.</exception>
    [System.ComponentModel.EditorBrowsable(System.ComponentModel.EditorBrowsableState.Never)]
    public static Task<T> InvokeSingleAsync<T>(
        IClientProxy clients, string method, object?[] arguments, CancellationToken cancellationToken) =>
        clients is ISingleClientProxy single
            ? single.InvokeCoreAsync<T>(method, arguments, cancellationToken)
            : throw new InvalidOperationException(
                $"'{method}' returns a result, which only a single client can give: call it through Clients.Caller or Clients.Client(connectionId).");
}

/// <summary>Invokes methods on one connection over the gateway's REST API.</summary>
internal sealed class SingleClientProxy(GatewayClient gateway, string connectionId) : ISingleClientProxy
{
    public Task SendCoreAsync(string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        gateway.SendToConnectionAsync(connectionId, gateway.Encode(method, arguments), cancellationToken);

    public async Task<T> InvokeCoreAsync<T>(string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        (await gateway.InvokeConnectionAsync<T>(connectionId, method, gateway.Encode(method, arguments), cancellationToken))!;
}
