namespace Serverless.Hubs;

/// <summary><c>SendAsync</c> with each argument written out.</summary>
public static class ClientProxyExtensions
{
    /// <summary>Sends a message without arguments.</summary>
    public static Task SendAsync(this IClientProxy clients, string method, CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [], cancellationToken);

    /// <summary>Sends a message.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1], cancellationToken);

    /// <summary>Sends a message.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, object? arg2, CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1, arg2], cancellationToken);

    /// <summary>Sends a message.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, object? arg2, object? arg3,
        CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1, arg2, arg3], cancellationToken);

    /// <summary>Sends a message.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, object? arg2, object? arg3, object? arg4,
        CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1, arg2, arg3, arg4], cancellationToken);

    /// <summary>Sends a message.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, object? arg2, object? arg3, object? arg4, object? arg5,
        CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1, arg2, arg3, arg4, arg5], cancellationToken);

    /// <summary>Sends a message. More arguments go through <see cref="IClientProxy.SendCoreAsync"/>.</summary>
    public static Task SendAsync(
        this IClientProxy clients, string method, object? arg1, object? arg2, object? arg3, object? arg4, object? arg5, object? arg6,
        CancellationToken cancellationToken = default) =>
        clients.SendCoreAsync(method, [arg1, arg2, arg3, arg4, arg5, arg6], cancellationToken);
}
