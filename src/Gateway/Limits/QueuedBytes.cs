namespace Serverless.Gateway.Limits;

/// <summary>
/// The bytes that this node holds for all its clients: messages on their way, calls in line, unfinished messages and requests. Each part
/// that holds something adds its cost, and removes it when it lets go. Safe for concurrent use.
/// </summary>
internal sealed class QueuedBytes(NodeBudget budget)
{
    private long _held;

    /// <summary>The bound.</summary>
    public long Limit { get; } = budget.QueuedBytes;

    /// <summary>Bytes held now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Half of the bound is taken: what can wait, waits.</summary>
    public bool IsTight => Held >= Limit / 2;

    /// <summary>The whole bound is taken: new work is refused.</summary>
    public bool IsFull => Held >= Limit;

    /// <summary>Counts bytes that are held from now on.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _held, bytes);

    /// <summary>Counts bytes that are held no longer.</summary>
    public void Remove(long bytes) => Interlocked.Add(ref _held, -bytes);
}
