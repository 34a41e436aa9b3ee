namespace Serverless.Gateway.Limits;

/// <summary>
/// The bytes that this node holds for all its clients: messages on their way, calls in line, unfinished messages and requests. Each part
/// that holds something adds its cost, and removes it when it lets go. Safe for concurrent use.
/// </summary>
internal sealed class QueuedBytes
{
    /// <summary>The answer to new work while the node is full; goes with status 429 and <c>Retry-After</c>.</summary>
    public const string Refusal =
        "This node holds as many bytes for its clients as Gateway:Limits:MaxQueuedBytes allows. Try again in a second, or use another node.";

    private long _held;
    private TaskCompletionSource? _room;

    public QueuedBytes(NodeBudget budget)
        : this(budget.QueuedBytes)
    {
    }

    private QueuedBytes(long maxBytes) => MaxBytes = maxBytes;

    /// <summary>The bound.</summary>
    public long MaxBytes { get; }

    /// <summary>Bytes held now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Half of the bound is taken: what can wait, waits.</summary>
    public bool IsTight => Held >= MaxBytes / 2;

    /// <summary>The whole bound is taken: new work is refused.</summary>
    public bool IsFull => Held >= MaxBytes;

    /// <summary>A bound of its own, for what is not part of a node.</summary>
    public static QueuedBytes WithMaxBytes(long maxBytes) => new(maxBytes);

    /// <summary>Counts bytes that are held from now on.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _held, bytes);

    /// <summary>Counts bytes that are held no longer.</summary>
    public void Remove(long bytes)
    {
        var after = Interlocked.Add(ref _held, -bytes);
        if (Volatile.Read(ref _room) is not null && (Crossed(MaxBytes, after, bytes) || Crossed(MaxBytes / 2, after, bytes)))
        {
            Interlocked.Exchange(ref _room, null)?.TrySetResult();
        }
    }

    /// <summary>
    /// Waits until less than the bound, or than half of it, is held. A crossing at the moment of the call may be missed: look again after
    /// a while.
    /// </summary>
    public Task WaitForRoom()
    {
        var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _room, created, null) ?? created).Task;
    }

    /// <summary>Counts bytes until the result is disposed of.</summary>
    public HeldBytes Hold(long bytes)
    {
        var held = new HeldBytes(this);
        held.Change(bytes);
        return held;
    }

    private static bool Crossed(long threshold, long after, long removed) => after < threshold && after + removed >= threshold;
}

/// <summary>Bytes of one holder, whose number may change. Not safe for concurrent use.</summary>
internal sealed class HeldBytes : IDisposable
{
    private readonly QueuedBytes _queued;
    private long _bytes;

    internal HeldBytes(QueuedBytes queued) => _queued = queued;

    /// <summary>Holds another number from now on.</summary>
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
