namespace Serverless.Hubs;

/// <summary>
/// Code around every call of a hub: logging, checks, translation of errors. Each member passes on by default; a filter that does not call
/// <c>next</c> keeps the hub from running, and one that throws <see cref="HubException"/> gives the client that text.
/// </summary>
/// <remarks>A filter comes from the services of the call's own scope, so it may take scoped services.</remarks>
public interface IHubFilter
{
    /// <summary>Around a hub method. Of a streaming method <paramref name="next"/> ends when the last item has gone.</summary>
    ValueTask InvokeMethodAsync(HubInvocationContext context, Func<HubInvocationContext, ValueTask> next) => next(context);

    /// <summary>Around <see cref="Hub.OnConnectedAsync"/>. To throw is to refuse the client.</summary>
    Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next) => next(context);

    /// <summary>Around <see cref="Hub.OnDisconnectedAsync"/>.</summary>
    /// <param name="context">The hub and its caller.</param>
    /// <param name="error">Why the connection ended, or null if it closed cleanly.</param>
    /// <param name="next">The next filter, or the hub.</param>
    Task OnDisconnectedAsync(HubLifetimeContext context, string? error, Func<HubLifetimeContext, string?, Task> next) =>
        next(context, error);
}
