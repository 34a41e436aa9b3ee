using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>The result of adding a frame to an outbox.</summary>
internal enum OutboxResult
{
    /// <summary>The frame will be written in its turn.</summary>
    Queued,

    /// <summary>The connection is closing; the frame was dropped.</summary>
    Closed,

    /// <summary>The socket takes no bytes and the bound is reached; the frame was dropped and the outbox is closed.</summary>
    Overflow,
}

/// <summary>
/// Holds the frames that wait for one connection, in order, bounded in bytes. It owns no task, and no buffer while empty. A sender that
/// finds the outbox idle drains it, or schedules it on a drain worker; the continuation of a blocked write schedules it again.
/// </summary>
internal sealed partial class Outbox : DrainItem
{
    private const int BatchesPerVisit = 16;

    private readonly Lock _gate = new();
    private readonly DrainWorkers _workers;
    private IConnectionOutput _output;
    private readonly int _maxBytes;
    private readonly TrafficCounter? _counter;

    // All below are read and written under _gate.
    private FrameQueue _frames;
    private bool _owned;
    private bool _blocked;
    private bool _closed;
    private bool _ended;

    // Written by the owner only.
    private long _messages;
    private long _bytes;

    /// <param name="workers">The workers that drain it.</param>
    /// <param name="output">The transport's writing side.</param>
    /// <param name="maxBytes">The maximum cost of the frames that wait while the socket takes none.</param>
    /// <param name="whenBroken">See <see cref="WhenBroken"/>.</param>
    /// <param name="counter">Adds up the traffic that the transport has taken; null if it is not counted.</param>
    public Outbox(
        DrainWorkers workers, IConnectionOutput output, int maxBytes, Action<Exception?> whenBroken, TrafficCounter? counter = null)
    {
        _workers = workers;
        _output = output;
        _maxBytes = maxBytes;
        WhenBroken = whenBroken;
        _counter = counter;
    }

    /// <summary>Gets the number of messages that the transport has taken, without housekeeping and repeats.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Gets the number of bytes that the transport has taken.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>
    /// Gets the callback for the end of output: called once, outside the lock, when the socket fails or the outbox has written its end.
    /// </summary>
    private Action<Exception?> WhenBroken { get; }

    /// <summary>Gets a value that indicates whether the socket takes no bytes, so that pings are pointless.</summary>
    public bool IsBlocked => Volatile.Read(ref _blocked) || Volatile.Read(ref _isHeld);

    /// <summary>Gets the cost of the queued frames in bytes.</summary>
    public int BytesWaiting
    {
        get
        {
            lock (_gate)
            {
                return _frames.Bytes;
            }
        }
    }

    public bool TakesBinary => _output.TakesBinary;

    public bool TakesPings => _output.TakesPings;

    /// <summary>Queues a frame, and writes it on this thread if the outbox is idle.</summary>
    public OutboxResult Send(Frame frame)
    {
        var result = Enqueue(frame, out var take);
        if (take)
        {
            Drain();
        }

        return result;
    }

    /// <summary>Queues a frame for the drain workers; the caller wakes them when its fan-out is done.</summary>
    public OutboxResult Post(Frame frame)
    {
        var result = Enqueue(frame, out var take);
        if (take)
        {
            _workers.Schedule(this);
        }

        return result;
    }

    /// <summary>Queues the last frames. Later frames are dropped.</summary>
    /// <param name="last">A close message, or null.</param>
    /// <param name="discardQueued">Drops the frames that wait before them: a slow consumer's backlog.</param>
    /// <returns>False if the outbox was closed already.</returns>
    public bool Close(Frame? last, bool discardQueued)
    {
        bool take;
        lock (_gate)
        {
            if (_ended && !discardQueued)
            {
                return false;
            }

            if (discardQueued)
            {
                _frames.Clear(_workers.Queued);
            }

            _closed = true;
            _ended = true;
            if (last is not null)
            {
                _frames.Push(last);
            }

            _frames.Push(Frame.End);
            take = !_owned;
            _owned = true;
            SignalRoom();
        }

        if (take)
        {
            Drain();
        }

        return true;
    }

    /// <summary>Drops all frames. No more frames are written.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _closed = true;
            _ended = true;
            _frames.Clear(_workers.Queued);
            _unacked?.Clear();
            SignalRoom();
        }
    }

    internal override void Visit() => Drain();

    /// <summary>Writes until the outbox is empty or the socket is full. Only the owner of the outbox may call it.</summary>
    private void Drain()
    {
        for (var batches = 0; batches < BatchesPerVisit; batches++)
        {
            ValueTask write;
            bool ended;
            var batch = default(Traffic);
            try
            {
                if (!TryWriteBatch(out write, out ended, ref batch, out var lone))
                {
                    return;
                }

                if (!write.IsCompletedSuccessfully)
                {
                    Block(lone, (int)batch.Bytes);
                    _ = ContinueAsync(write, ended, batch);
                    return;
                }

                write.GetAwaiter().GetResult();
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                CountLost(in batch);
                Break(exception);
                return;
            }

            Count(in batch);
            if (ended)
            {
                Break(null);
                return;
            }
        }

        // Other outboxes wait too: this one goes to the end of the queue.
        _workers.Schedule(this);
        _workers.Wake();
    }

    private async Task ContinueAsync(ValueTask write, bool ended, Traffic batch)
    {
        try
        {
            await write;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            CountLost(in batch);
            Break(exception);
            return;
        }

        Count(in batch);

        Unblock();
        if (ended)
        {
            Break(null);
            return;
        }

        _workers.Schedule(this);
        _workers.Wake();
    }

    // False when the outbox is empty or must hold; it is then free for the next owner.
    private bool TryWriteBatch(out ValueTask write, out bool ended, ref Traffic traffic, out Frame? lone)
    {
        var batch = DrainBatch.ForThisThread;
        batch.Clear();
        lone = null;
        var (messages, units, length) = (0, 0, 0L);
        ended = false;
        lock (_gate)
        {
            TakeNextOutput();
            if (_frames.Count == 0 || MustHold())
            {
                if (_frames.Count == 0)
                {
                    _frames.Release();
                }

                _owned = false;
                write = default;
                return false;
            }

            do
            {
                var frame = _frames.Pop(_workers.Queued);
                ended = frame == Frame.End;
                if (_unacked?.Sent(frame) != false)
                {
                    messages += frame.Messages;
                    units += frame.Units;
                }

                var bytes = _output.BytesOf(frame);
                length += bytes.Length;
                if (lone is null && batch.IsEmpty && (_frames.Count == 0 || bytes.Length >= DrainBatch.MaxBytes))
                {
                    lone = frame;
                    break;
                }

                batch.Add(bytes);
            }
            while (_frames.Count > 0 && !MustHold() && batch.HasRoomFor(_output.BytesOf(_frames.Peek()).Length));
            SignalRoom();
        }

        traffic = new Traffic(messages, units, length);
        if (lone is not null)
        {
            write = _output.WriteAsync(lone);
            return true;
        }

        write = _output.WriteAsync(batch.Bytes);
        return true;
    }

    private void Count(in Traffic taken)
    {
        _messages += taken.Messages;
        _bytes += taken.Bytes;
        _counter?.Add(in taken);
    }

    // A failed write reached no client. With stateful reconnect its messages are kept, though, and do not count again when they are repeated.
    private void CountLost(in Traffic batch)
    {
        if (_unacked is not null)
        {
            Count(batch with { Bytes = 0 });
        }
    }

    private OutboxResult Enqueue(Frame frame, out bool take)
    {
        take = false;
        lock (_gate)
        {
            if (_closed)
            {
                return OutboxResult.Closed;
            }

            // Only a socket that takes no bytes makes a slow consumer; an outbox that a busy node has yet to visit does not.
            // A lone large frame may exceed the bound.
            if (IsBlocked && _frames.Count > 0 && _frames.Bytes + frame.Cost > _maxBytes)
            {
                _closed = true;
                SignalRoom();
                return OutboxResult.Overflow;
            }

            _frames.Push(frame);
            CountIfBlocked();
            take = !_owned;
            _owned = true;
            return OutboxResult.Queued;
        }
    }

    private void Break(Exception? exception)
    {
        if (exception is not null && TryOutlive(out var hasNextOutput))
        {
            if (!hasNextOutput)
            {
                WhenBroken(exception);
            }

            return;
        }

        lock (_gate)
        {
            // Stays owned, so that a broken outbox is not drained.
            _closed = true;
            _owned = true;
            _frames.Clear(_workers.Queued);
            _unacked?.Clear();
            ReleaseInFlight();
            SignalRoom();
        }

        WhenBroken(exception);
    }
}
