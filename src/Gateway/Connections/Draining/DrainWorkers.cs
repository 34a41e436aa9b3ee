using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Connections.Draining;

/// <summary>
/// Represents the few threads that write the outboxes that a fan-out has filled, so that the publisher only queues. Under little load a
/// message is written at once; under load each visit writes all frames that have gathered.
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

    /// <summary>Gets the count of bytes held, to which outboxes add theirs.</summary>
    public QueuedBytes Queued { get; }

    /// <summary>Gets the approximate number of queued items.</summary>
    public int Waiting => _workers.Sum(static worker => Math.Max(0, worker.Waiting));

    /// <summary>Queues an item that the caller owns. The caller calls <see cref="Wake"/> afterwards, once for a whole fan-out.</summary>
    public void Schedule(DrainItem item)
    {
        // Inexact when two publishers race, which only makes the shares slightly uneven.
        var index = _next++ % (uint)_workers.Length;
        _workers[index].Enqueue(item);
    }

    /// <summary>Queues a mark behind all items scheduled so far.</summary>
    /// <returns>A task that completes when every worker has passed the mark.</returns>
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

    /// <summary>Wakes the workers that sleep and have queued items.</summary>
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
