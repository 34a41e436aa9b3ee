namespace Serverless.Gateway.Backplane.Ledger;

/// <summary>
/// The connections of a lost node, which this node reports under a lease. While it is not disposed of, the lease is renewed. It is read in
/// pages, each when the one before has been taken, so that its size does not matter.
/// </summary>
internal interface ILostLedger : IAsyncDisposable
{
    /// <summary>The lost node.</summary>
    string Node { get; }

    /// <summary>How many connections it had left when it was taken over.</summary>
    long Connections { get; }

    /// <summary>
    /// Returns each connection that has not been returned before. Waits while the store is away. Ends early when another node has taken
    /// over. One call at a time.
    /// </summary>
    /// <exception cref="OperationCanceledException">This node stops.</exception>
    IAsyncEnumerable<LedgerEntry> ReadAsync(CancellationToken stopping);

    /// <summary>A connection has been reported: it is forgotten, and never returned again.</summary>
    ValueTask ReportedAsync(string connectionId);

    /// <summary>Ends the report, when all that was read has been reported.</summary>
    /// <returns>
    /// True if nothing is left to do here: all are reported, or another node goes on. False if something is left, or the store is away: read
    /// once more.
    /// </returns>
    /// <exception cref="OperationCanceledException">This node stops.</exception>
    ValueTask<bool> TryCloseAsync(CancellationToken stopping);
}
