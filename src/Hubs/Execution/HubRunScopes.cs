using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Hubs.Execution;

/// <summary>
/// Creates the scopes of hubs for the framework, and ends a run when its hub's scope has ended: the answer follows the disposal of the scope's
/// services, which may save changes, because a serverless host may stop a process that has answered.
/// </summary>
/// <param name="scopes">Creates the scopes of the app.</param>
/// <param name="placeholder">The scope of the phases that a request is not for.</param>
internal sealed class HubRunScopes(IServiceScopeFactory scopes, IServiceScope placeholder) : IServiceScopeFactory
{
    public IServiceScope CreateScope()
    {
        var run = HubRun.Current;
        return run is null ? scopes.CreateScope()
            : run.IsWanted ? new RunScope(scopes.CreateScope(), run)
            : placeholder;
    }

    private sealed class RunScope(IServiceScope scope, HubRun run) : IServiceScope, IAsyncDisposable
    {
        public IServiceProvider ServiceProvider => scope.ServiceProvider;

        public void Dispose() => scope.Dispose();

        public async ValueTask DisposeAsync()
        {
            Exception? failure = null;
            try
            {
                await ((IAsyncDisposable)scope).DisposeAsync();
            }
            catch (Exception exception)
            {
                // The framework ignores it in a call.
                failure = exception;
            }

            run.EndScope(failure);
        }
    }
}
