using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane;

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

    /// <summary>Takes over what a lost node leaves; the others leave it to this node as long as it goes on.</summary>
    /// <returns>Its connections; null if another node has taken over.</returns>
    ValueTask<IReadOnlyList<LedgerEntry>?> TryTakeOverAsync(string node);

    /// <summary>Goes on with what was taken over; to be called well within the lease.</summary>
    /// <returns>False if it is no longer this node's to report.</returns>
    ValueTask<bool> RenewAsync(string node);

    /// <summary>One connection of a lost node has been reported.</summary>
    ValueTask ReportedAsync(string node, string connectionId);

    /// <summary>All of them have.</summary>
    ValueTask CloseAsync(string node);
}

/// <summary>What an upstream must be told about a connection.</summary>
/// <param name="ConnectionId">The public id.</param>
/// <param name="Hub">The hub.</param>
/// <param name="UserId">The user, as headers carry it.</param>
/// <param name="Claims">The claims, as headers carry them.</param>
/// <param name="Query">The client's query, as headers carry it.</param>
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

    public ValueTask<IReadOnlyList<LedgerEntry>?> TryTakeOverAsync(string node) => ValueTask.FromResult<IReadOnlyList<LedgerEntry>?>(null);

    public ValueTask<bool> RenewAsync(string node) => ValueTask.FromResult(false);

    public ValueTask ReportedAsync(string node, string connectionId) => default;

    public ValueTask CloseAsync(string node) => default;
}
