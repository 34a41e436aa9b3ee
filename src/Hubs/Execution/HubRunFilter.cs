using Microsoft.AspNetCore.SignalR;

namespace Serverless.Hubs.Execution;

/// <summary>
/// The outermost hub filter. It runs the hub's lifetime methods only for the events that they belong to, and keeps their exceptions. Hubs
/// that are also mapped in process are passed through.
/// </summary>
internal sealed class HubRunFilter : IHubFilter
{
    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next) =>
        RunAsync(context, static (context, next, _) => next(context), next);

    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next) =>
        context.Context.Features.Get<HubRun>() is null
            ? next(context, exception)
            : RunAsync(context, static (context, next, run) => next(context, run!.Reason), next);

    private static async Task RunAsync<TNext>(HubLifetimeContext context, Func<HubLifetimeContext, TNext, HubRun?, Task> invoke, TNext next)
    {
        var run = context.Context.Features.Get<HubRun>();
        if (run is null)
        {
            await invoke(context, next, null);
        }
        else if (run.IsWanted)
        {
            try
            {
                await invoke(context, next, run);
                run.End();
            }
            catch (Exception exception)
            {
                // The framework would log an error for a refusal that any client can cause; the dispatcher logs by the party at fault.
                run.Fail(exception);
            }
        }
    }
}
