using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane.Ledger;

/// <summary>
/// Which connections each node has told its upstream of, so that others can tell that they are gone when the node dies without a word.
/// A node's own part is rebuilt when the store has lost it.
/// </summary>
internal interface INodeLedger
{
    /// <summary>Notes a connection, before its upstream hears of it.</summary>
    ValueTask AddAsync(LedgerEntry entry);

    /// <summary>Forgets a connection, when its upstream has heard of its end.</summary>
    void Remove(string connectionId);

    /// <summary>
    /// Whether it is for this node to tell the upstream of a connection, and not for others, who have given the node up. Waits while nobody
    /// can know: after a time-out without the store.
    /// </summary>
    /// <param name="connectionId">A connection that was added.</param>
    /// <param name="leaving">The node ends and cannot wait; what nobody knows is then its own.</param>
    ValueTask<bool> IsOwnAsync(string connectionId, CancellationToken leaving);

    /// <summary>
    /// Says that this node lives, and notes anew what the store may have lost.
    /// </summary>
    /// <returns>
    /// The connections that the others have given up with this node since the last beat: they must be closed without a word to the upstream.
    /// </returns>
    ValueTask<IReadOnlyList<string>> BeatAsync();

    /// <summary>The nodes that have not said for a whole time-out that they live. None unless this node can tell.</summary>
    ValueTask<IReadOnlyList<string>> FindLostAsync();

    /// <summary>Takes over what a lost node leaves; the others leave it to this node until it is disposed of, or this node is lost too.</summary>
    /// <returns>Null if another node has taken over, or the node lives after all.</returns>
    ValueTask<ILostLedger?> TryTakeOverAsync(string node);
}

/// <summary>What an upstream must be told about a connection.</summary>
/// <param name="ConnectionId">The public id.</param>
/// <param name="Hub">The hub.</param>
/// <param name="UserId">The user.</param>
/// <param name="Claims">The claims, in the form of their header.</param>
/// <param name="Query">The client's query.</param>
internal sealed record LedgerEntry(string ConnectionId, HubName Hub, string? UserId, string? Claims, string? Query);

/// <summary>A node alone: nobody would report it.</summary>
internal sealed class NoLedger : INodeLedger
{
    public ValueTask AddAsync(LedgerEntry entry) => default;

    public void Remove(string connectionId)
    {
        // Nothing was noted.
    }

    public ValueTask<bool> IsOwnAsync(string connectionId, CancellationToken leaving) => ValueTask.FromResult(true);

    public ValueTask<IReadOnlyList<string>> BeatAsync() => ValueTask.FromResult<IReadOnlyList<string>>([]);

    public ValueTask<IReadOnlyList<string>> FindLostAsync() => ValueTask.FromResult<IReadOnlyList<string>>([]);

    public ValueTask<ILostLedger?> TryTakeOverAsync(string node) => ValueTask.FromResult<ILostLedger?>(null);
}
