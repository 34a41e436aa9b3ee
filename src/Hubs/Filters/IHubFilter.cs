namespace Serverless.Hubs;

/// <summary>
/// Represents a filter that runs around the methods of hubs, such as for logging, checks or the translation of errors.
/// </summary>
/// <remarks>
/// Each member calls <c>next</c> by default. A filter that does not call <c>next</c> keeps the hub method from running, and the client
/// receives the text of a <see cref="HubException"/> that a filter throws. Filters are resolved from the services of the request's own
/// scope and can take scoped services.
/// </remarks>
public interface IHubFilter
{
    /// <summary>Runs around a hub method. For a streaming method, <paramref name="next"/> completes when the last item has been sent.</summary>
    /// <param name="context">The invocation.</param>
    /// <param name="next">The next filter, or the hub method.</param>
    ValueTask InvokeMethodAsync(HubInvocationContext context, Func<HubInvocationContext, ValueTask> next) => next(context);

    /// <summary>Runs around <see cref="Hub.OnConnectedAsync"/>. An exception refuses the client.</summary>
    /// <param name="context">The hub and its caller.</param>
    /// <param name="next">The next filter, or the hub.</param>
    Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next) => next(context);

    /// <summary>Runs around <see cref="Hub.OnDisconnectedAsync"/>.</summary>
    /// <param name="context">The hub and its caller.</param>
    /// <param name="error">The reason why the connection ended, or null if it closed cleanly.</param>
    /// <param name="next">The next filter, or the hub.</param>
    Task OnDisconnectedAsync(HubLifetimeContext context, string? error, Func<HubLifetimeContext, string?, Task> next) =>
        next(context, error);
}
