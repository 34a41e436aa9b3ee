using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane.Ledger;

/// <summary>
/// Records the connections that each node has reported to its upstream, so that other nodes can report their end when the node dies. A node
/// writes its own part again when the store has lost it.
/// </summary>
internal interface INodeLedger
{
    /// <summary>Records a connection, before it is reported to its upstream.</summary>
    ValueTask AddAsync(LedgerEntry entry);

    /// <summary>Removes a connection, after its end has been reported to its upstream.</summary>
    void Remove(string connectionId);

    /// <summary>
    /// Returns true if this node is to report the end of a connection; false if other nodes do, because they have declared this node lost.
    /// Waits while that is unknown: after a time-out without the store.
    /// </summary>
    /// <param name="connectionId">A connection that was added.</param>
    /// <param name="leaving">The node stops and cannot wait; a connection whose state is unknown is then its own.</param>
    ValueTask<bool> IsOwnAsync(string connectionId, CancellationToken leaving);

    /// <summary>
    /// Reports that this node is alive, and writes again what the store may have lost.
    /// </summary>
    /// <returns>
    /// The connections of this node that the others have declared lost since the last beat: they must be closed without a report to the upstream.
    /// </returns>
    ValueTask<IReadOnlyList<string>> BeatAsync();

    /// <summary>Returns the nodes that have not reported for a whole time-out. Returns none if this node cannot be sure.</summary>
    ValueTask<IReadOnlyList<string>> FindLostAsync();

    /// <summary>
    /// Takes over the connections of a lost node. Other nodes leave them to this one until disposal, or until this node is lost too.
    /// </summary>
    /// <returns>Null if another node has taken over, or the node is alive after all.</returns>
    ValueTask<ILostLedger?> TryTakeOverAsync(string node);
}

/// <summary>Represents the data about a connection that a report to the upstream needs.</summary>
/// <param name="ConnectionId">The public id.</param>
/// <param name="Hub">The hub.</param>
/// <param name="UserId">The user.</param>
/// <param name="Claims">The claims, in the form of their header.</param>
/// <param name="Query">The client's query.</param>
internal sealed record LedgerEntry(string ConnectionId, HubName Hub, string? UserId, string? Claims, string? Query);

/// <summary>Implements the ledger of a lone node: no other node would report its connections.</summary>
internal sealed class NoLedger : INodeLedger
{
    public ValueTask AddAsync(LedgerEntry entry) => default;

    public void Remove(string connectionId)
    {
        // Connections of a lone node are not recorded.
    }

    public ValueTask<bool> IsOwnAsync(string connectionId, CancellationToken leaving) => ValueTask.FromResult(true);

    public ValueTask<IReadOnlyList<string>> BeatAsync() => ValueTask.FromResult<IReadOnlyList<string>>([]);

    public ValueTask<IReadOnlyList<string>> FindLostAsync() => ValueTask.FromResult<IReadOnlyList<string>>([]);

    public ValueTask<ILostLedger?> TryTakeOverAsync(string node) => ValueTask.FromResult<ILostLedger?>(null);
}
