using Serverless.Gateway.Backplane.Ledger;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>Records in the nodes' ledger which connections the upstream knows of, so that exactly one node reports each connection's end.</summary>
internal sealed class CallLedger(INodeLedger ledger, IHostApplicationLifetime lifetime)
{
    /// <summary>
    /// Prepares a connection's event, before it is sent. False when other nodes have reported the connection's end: the event must not be
    /// sent. Messages need no preparation.
    /// </summary>
    public ValueTask<bool> TryPrepareAsync(Caller caller, PendingCall call) => call.IsEvent ? PrepareEventAsync(caller, call) : new(true);

    /// <summary>Removes a connection whose end is reported. Does nothing for other calls.</summary>
    public void Completed(Caller caller, PendingCall call)
    {
        if (call.IsDisconnected)
        {
            ledger.Remove(caller.Sender.ConnectionId);
        }
    }

    private async ValueTask<bool> PrepareEventAsync(Caller caller, PendingCall call)
    {
        if (call.IsConnected)
        {
            // As late as possible: when the node dies before this, the upstream has learned of no connection, and no node reports its end.
            await ledger.AddAsync(caller.Sender.ToLedger(caller.Connection.Hub));
        }

        return await ledger.IsOwnAsync(caller.Sender.ConnectionId, lifetime.ApplicationStopping);
    }
}
