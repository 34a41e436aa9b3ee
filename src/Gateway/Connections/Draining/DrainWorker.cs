namespace Serverless.Gateway.Connections.Draining;

/// <summary>
/// Represents one drain thread and its queue: an intrusive list with many producers and one consumer, so that scheduling allocates
/// nothing. A producer swaps its item in as the tail and then links the predecessor to it; between the two steps the consumer sees a
/// gap and waits until it closes (Vyukov's queue).
/// </summary>
internal sealed class DrainWorker : IDisposable
{
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private readonly DrainItem _stub = new Stub();
    private DrainItem _tail;
    private DrainItem _head;
    private int _enqueued;
    private int _visited;
    private int _asleep;
    private volatile bool _stopping;

    public DrainWorker(string name)
    {
        _head = _tail = _stub;
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Gets the approximate number of queued items.</summary>
    public int Waiting => Volatile.Read(ref _enqueued) - Volatile.Read(ref _visited);

    public void Enqueue(DrainItem item)
    {
        Interlocked.Increment(ref _enqueued);
        Push(item);
    }

    public void Wake()
    {
        if (Waiting > 0 && Interlocked.Exchange(ref _asleep, 0) == 1)
        {
            _wake.Set();
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private void Run()
    {
        while (!_stopping)
        {
            if (TryPop() is { } item)
            {
                Volatile.Write(ref _visited, _visited + 1);
                item.Visit();
                continue;
            }

            // Set the flag, then look once more: a producer either sees the flag, or its item is seen here.
            Interlocked.Exchange(ref _asleep, 1);
            if (Waiting > 0 || _stopping)
            {
                Interlocked.Exchange(ref _asleep, 0);
                continue;
            }

            _wake.WaitOne();
        }
    }

    private void Push(DrainItem item)
    {
        Volatile.Write(ref item.Next, null);
        var previous = Interlocked.Exchange(ref _tail, item);
        Volatile.Write(ref previous.Next, item);
    }

    private DrainItem? TryPop()
    {
        var head = _head;
        var next = Volatile.Read(ref head.Next);
        if (head == _stub)
        {
            if (next is null)
            {
                return null;
            }

            _head = head = next;
            next = Volatile.Read(ref head.Next);
        }

        if (next is null && head == Volatile.Read(ref _tail))
        {
            // The last item: the stub goes behind it, so that it can be unlinked.
            Push(_stub);
        }

        if (next is null)
        {
            var wait = new SpinWait();
            while ((next = Volatile.Read(ref head.Next)) is null)
            {
                wait.SpinOnce(sleep1Threshold: -1);
            }
        }

        _head = next;
        return head;
    }

    private sealed class Stub : DrainItem
    {
        internal override void Visit()
        {
        }
    }
}
