using Microsoft.AspNetCore.SignalR;

namespace Serverless.Hubs.Execution;

/// <summary>
/// The outermost hub filter. It runs the hub's lifetime methods only for the events that they belong to, keeps their exceptions, and puts
/// the hub's code into the trace of its request. Hubs that are also mapped in process are passed through.
/// </summary>
internal sealed class HubRunFilter : IHubFilter
{
    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next) =>
        context.Context.Features.Get<HubRun>() is { } run
            ? RunAsync(run, context, nameof(Hub.OnConnectedAsync), static (context, next, _) => next(context), next)
            : next(context);

    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next) =>
        context.Context.Features.Get<HubRun>() is { } run
            ? RunAsync(run, context, nameof(Hub.OnDisconnectedAsync), static (context, next, run) => next(context, run.Reason), next)
            : next(context, exception);

    public ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        if (invocationContext.Context.Features.Get<HubRun>() is not { } run)
        {
            return next(invocationContext);
        }

        // Not within an asynchronous method: the framework reads the items of a stream after this one has ended.
        run.Trace.Start(invocationContext.Hub.GetType().Name, invocationContext.HubMethodName);
        return run.Trace.HasSpan ? InvokeMethodAsync(run, invocationContext, next) : next(invocationContext);
    }

    private static async ValueTask<object?> InvokeMethodAsync(
        HubRun run, HubInvocationContext context, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception exception)
        {
            run.Trace.Fail(exception);
            throw;
        }
    }

    private static async Task RunAsync<TNext>(
        HubRun run, HubLifetimeContext context, string method, Func<HubLifetimeContext, TNext, HubRun, Task> invoke, TNext next)
    {
        if (!run.IsWanted)
        {
            return;
        }

        run.Trace.Start(context.Hub.GetType().Name, method);
        try
        {
            await invoke(context, next, run);
            run.Answer();
        }
        catch (Exception exception)
        {
            // The framework would log an error for a refusal that any client can cause; the dispatcher logs by the party at fault.
            run.Trace.Fail(exception);
            run.Fail(exception);
        }
    }
}
