namespace Serverless.Hubs;

/// <summary>Provides <c>SendAsync</c> extension methods for <see cref="IClientProxy"/>.</summary>
public static class ClientProxyExtensions
{
    /// <summary>Invokes a method without arguments on the clients. Does not wait for a response from them.</summary>
    public static Task SendAsync(this IClientProxy clients, string method, CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [], cancellationToken);

    /// <summary>Invokes a method on the clients. Does not wait for a response from them.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1], cancellationToken);

    /// <summary>Invokes a method on the clients. Does not wait for a response from them.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, object? arg2, CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1, arg2], cancellationToken);

    /// <summary>Invokes a method on the clients. Does not wait for a response from them.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, object? arg2, object? arg3,
        CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1, arg2, arg3], cancellationToken);

    /// <summary>Invokes a method on the clients. Does not wait for a response from them.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, object? arg2, object? arg3, object? arg4,
        CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1, arg2, arg3, arg4], cancellationToken);

    /// <summary>Invokes a method on the clients. Does not wait for a response from them.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, object? arg2, object? arg3, object? arg4, object? arg5,
        CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1, arg2, arg3, arg4, arg5], cancellationToken);

    /// <summary>
    /// Invokes a method on the clients. Does not wait for a response from them. Use <see cref="IClientProxy.SendCoreAsync"/> for more
    /// arguments.
    /// </summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, object? arg2, object? arg3, object? arg4, object? arg5, object? arg6,
        CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1, arg2, arg3, arg4, arg5, arg6], cancellationToken);
}
