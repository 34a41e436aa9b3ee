using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>
/// Represents a session that outlives its transport. One transport after the other carries it, and the newest takes precedence
/// (docs/contract/hub-protocol.md#stateful-reconnect).
/// </summary>
internal sealed class StatefulSession(ClientConnection connection, HubSession hub)
{
    private readonly Lock _gate = new();

    // Under _gate: completes when the session has left its newest transport.
    private TaskCompletionSource _last = new();

    public ClientConnection Connection { get; } = connection;

    public HubSession Hub { get; } = hub;

    /// <summary>Runs the session over its first transport.</summary>
    public async Task RunAsync(Func<Task> run)
    {
        var ended = _last;
        try
        {
            await run();
        }
        finally
        {
            ended.SetResult();
        }
    }

    /// <summary>Ends the previous transport, whose loss may not have been detected yet, and runs the session over the next one.</summary>
    /// <returns>False if the connection has ended or an even newer transport has arrived; the session did not run then.</returns>
    public async Task<bool> TryGoOnAsync(IConnectionOutput output, Action abort, Func<Task> run)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_gate)
        {
            before = _last.Task;
            _last = mine;
            Connection.CutTransport();
        }

        try
        {
            await before;
            lock (_gate)
            {
                if (_last != mine || !Connection.TryResume(output, abort))
                {
                    return false;
                }
            }

            await run();
            return true;
        }
        finally
        {
            mine.SetResult();
        }
    }
}
