using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>Stores the events that no upstream accepted. Every method may fail with <see cref="StoreUnavailableException"/>.</summary>
internal interface IDeadLetterStore
{
    /// <summary>Stores a letter, and replaces one with the same id.</summary>
    ValueTask AddAsync(DeadLetter letter, CancellationToken cancellation);

    /// <summary>Returns letters in the order of their ids, without bodies.</summary>
    /// <param name="hub">The hub of the letters; null for all hubs.</param>
    /// <param name="connectionId">The connection of the letters; null for all connections.</param>
    /// <param name="after">The letter to continue after; null to begin at the first.</param>
    /// <param name="maxCount">The maximum number of letters.</param>
    /// <param name="cancellation">Cancels the search.</param>
    ValueTask<IReadOnlyList<DeadLetter>> ListAsync(
        HubName? hub, string? connectionId, DeadLetterId? after, int maxCount, CancellationToken cancellation);

    /// <summary>Returns a letter with its body; null if it does not exist.</summary>
    ValueTask<DeadLetter?> FindAsync(DeadLetterId id, CancellationToken cancellation);

    /// <summary>Deletes a letter. Returns false if it does not exist.</summary>
    ValueTask<bool> DeleteAsync(DeadLetterId id, CancellationToken cancellation);
}
