using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Connections.Draining;

/// <summary>
/// The few threads that write outboxes which a fan-out has filled, so that the publisher only queues. With little load a message
/// leaves at once; under load each visit writes all that has gathered.
/// </summary>
internal sealed class DrainWorkers : IDisposable
{
    private readonly DrainWorker[] _workers;
    private uint _next;

    public DrainWorkers(QueuedBytes queued)
        : this(Math.Max(1, Environment.ProcessorCount), queued)
    {
    }

    public DrainWorkers(int count, QueuedBytes? queued = null)
    {
        Queued = queued ?? QueuedBytes.WithMaxBytes(long.MaxValue);
        _workers = new DrainWorker[count];
        for (var i = 0; i < count; i++)
        {
            _workers[i] = new DrainWorker($"drain-{i}");
        }
    }

    /// <summary>Where outboxes count what they hold.</summary>
    public QueuedBytes Queued { get; }

    /// <summary>Items in line, about.</summary>
    public int Waiting => _workers.Sum(static worker => Math.Max(0, worker.Waiting));

    /// <summary>Puts an owned outbox in line. The caller calls <see cref="Wake"/> afterwards, once for a whole fan-out.</summary>
    public void Schedule(DrainItem item)
    {
        // Not exact when two publishers race, which only makes the shares a little uneven.
        var index = _next++ % (uint)_workers.Length;
        _workers[index].Enqueue(item);
    }

    /// <summary>Puts a mark behind everything scheduled so far.</summary>
    /// <returns>Completed when every worker has come past it.</returns>
    public Task MarkAsync()
    {
        var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = new Countdown(_workers.Length, passed);
        foreach (var worker in _workers)
        {
            worker.Enqueue(new Mark(left));
        }

        return passed.Task;
    }

    /// <summary>Wakes the workers that sleep and have work.</summary>
    public void Wake()
    {
        foreach (var worker in _workers)
        {
            worker.Wake();
        }
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }
    }

    private sealed class Countdown(int count, TaskCompletionSource passed)
    {
        private int _left = count;

        public void Signal()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                passed.SetResult();
            }
        }
    }

    private sealed class Mark(Countdown left) : DrainItem
    {
        internal override void Visit() => left.Signal();
    }
}
