namespace Serverless.Gateway.Backplane.Ledger;

/// <summary>
/// Represents the connections of a lost node, which this node reports under a lease. The lease is renewed until disposal. The connections
/// are read in pages, each after the one before has been consumed, so that their number does not matter.
/// </summary>
internal interface ILostLedger : IAsyncDisposable
{
    /// <summary>Gets the lost node.</summary>
    string Node { get; }

    /// <summary>Gets the number of connections that were left when this node took over.</summary>
    long Connections { get; }

    /// <summary>
    /// Returns each connection that has not been returned before. Waits while the store is unreachable. Ends early when another node has
    /// taken over. One call at a time.
    /// </summary>
    /// <exception cref="OperationCanceledException">This node stops.</exception>
    IAsyncEnumerable<LedgerEntry> ReadAsync(CancellationToken stopping);

    /// <summary>Removes a connection that has been reported; it is never returned again.</summary>
    ValueTask ReportedAsync(string connectionId);

    /// <summary>Ends the report, after all connections that were read have been reported.</summary>
    /// <returns>
    /// True if this node is done: all connections are reported, or another node continues. False if some are left, or the store is
    /// unreachable: read once more.
    /// </returns>
    /// <exception cref="OperationCanceledException">This node stops.</exception>
    ValueTask<bool> TryCloseAsync(CancellationToken stopping);
}
