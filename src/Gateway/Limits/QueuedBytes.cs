namespace Serverless.Gateway.Limits;

/// <summary>
/// Counts the bytes that this node holds for all its clients: queued messages and calls, unfinished messages and requests. Each holder
/// adds its cost, and removes it when it releases the memory. Safe for concurrent use.
/// </summary>
internal sealed class QueuedBytes
{
    /// <summary>The answer to new work while the node is full, sent with status 429 and <c>Retry-After</c>.</summary>
    public const string Refusal =
        "This node holds as many bytes for its clients as Gateway:Limits:MaxQueuedBytes allows. Try again in a second, or use another node.";

    private long _held;
    private TaskCompletionSource? _room;

    public QueuedBytes(NodeBudget budget)
        : this(budget.QueuedBytes)
    {
    }

    private QueuedBytes(long maxBytes) => MaxBytes = maxBytes;

    /// <summary>Gets the maximum of bytes held.</summary>
    public long MaxBytes { get; }

    /// <summary>Gets the bytes held now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Gets a value that indicates whether half of the maximum is held, so that work that can wait must wait.</summary>
    public bool IsTight => Held >= MaxBytes / 2;

    /// <summary>Gets a value that indicates whether the maximum is held, so that new work is refused.</summary>
    public bool IsFull => Held >= MaxBytes;

    /// <summary>Creates a count with a maximum of its own, for code outside a node.</summary>
    public static QueuedBytes WithMaxBytes(long maxBytes) => new(maxBytes);

    /// <summary>Adds bytes that are held from now on.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _held, bytes);

    /// <summary>Removes bytes that are no longer held.</summary>
    public void Remove(long bytes)
    {
        var after = Interlocked.Add(ref _held, -bytes);
        if (Volatile.Read(ref _room) is not null && (Crossed(MaxBytes, after, bytes) || Crossed(MaxBytes / 2, after, bytes)))
        {
            Interlocked.Exchange(ref _room, null)?.TrySetResult();
        }
    }

    /// <summary>
    /// Waits until the bytes held fall below the maximum, or below half of it. A crossing at the moment of the call may be missed: check
    /// again after a time.
    /// </summary>
    public Task WaitForRoom()
    {
        var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _room, created, null) ?? created).Task;
    }

    /// <summary>Adds bytes until the result is disposed.</summary>
    public HeldBytes Hold(long bytes)
    {
        var held = new HeldBytes(this);
        held.Change(bytes);
        return held;
    }

    private static bool Crossed(long threshold, long after, long removed) => after < threshold && after + removed >= threshold;
}

/// <summary>Represents the bytes of one holder, whose number may change. Not safe for concurrent use.</summary>
internal sealed class HeldBytes : IDisposable
{
    private readonly QueuedBytes _queued;
    private long _bytes;

    internal HeldBytes(QueuedBytes queued) => _queued = queued;

    /// <summary>Sets the number of bytes held.</summary>
    public void Change(long bytes)
    {
        if (bytes > _bytes)
        {
            _queued.Add(bytes - _bytes);
        }
        else if (bytes < _bytes)
        {
            _queued.Remove(_bytes - bytes);
        }

        _bytes = bytes;
    }

    public void Dispose() => Change(0);
}
