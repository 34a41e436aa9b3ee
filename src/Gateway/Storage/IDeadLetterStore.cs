using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>Keeps the events that no upstream took. Every method may fail with <see cref="StoreUnavailableException"/>.</summary>
internal interface IDeadLetterStore
{
    /// <summary>Keeps a letter, in place of one with the same id.</summary>
    ValueTask AddAsync(DeadLetter letter, CancellationToken cancellation);

    /// <summary>Letters in the order of their ids, without bodies.</summary>
    /// <param name="hub">Of this hub; null for all.</param>
    /// <param name="connectionId">Of this connection; null for all.</param>
    /// <param name="after">Behind this one; null from the start.</param>
    /// <param name="maxCount">How many at most.</param>
    /// <param name="cancellation">Ends the search.</param>
    ValueTask<IReadOnlyList<DeadLetter>> ListAsync(
        HubName? hub, string? connectionId, DeadLetterId? after, int maxCount, CancellationToken cancellation);

    /// <summary>One letter with its body; null if it is not there.</summary>
    ValueTask<DeadLetter?> FindAsync(DeadLetterId id, CancellationToken cancellation);

    /// <summary>Deletes a letter; false if it is not there.</summary>
    ValueTask<bool> DeleteAsync(DeadLetterId id, CancellationToken cancellation);
}
