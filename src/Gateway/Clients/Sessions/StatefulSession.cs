using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>
/// A session that outlives its transport: one transport after the other carries it, the newest wins
/// (docs/contract/hub-protocol.md#stateful-reconnect).
/// </summary>
internal sealed class StatefulSession(ClientConnection connection, HubSession hub)
{
    private readonly Lock _gate = new();

    // Under _gate: ends when the transport that came last has been left.
    private TaskCompletionSource _last = new();

    public ClientConnection Connection { get; } = connection;

    public HubSession Hub { get; } = hub;

    /// <summary>Runs over the first transport.</summary>
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

    /// <summary>Ends the transport before, whose loss may not have been noticed yet, and runs over the next.</summary>
    /// <returns>False, and nothing was run, if the connection has ended, or a still newer transport has come.</returns>
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
