using System.Net.Sockets;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Listening;

/// <summary>
/// The sockets that this node has accepted, within <see cref="NodeBudget.Sockets"/>. Sockets without a request stand in line: those
/// that have sent none yet, bounded in number and time, and those between two requests. When the node needs room, the oldest are closed.
/// </summary>
internal sealed partial class AcceptedSockets(NodeBudget budget, TimeProvider time, ILogger<AcceptedSockets> logger) : BackgroundService
{
    /// <summary>How long a socket may be open without a whole request; nginx's default for the same.</summary>
    public static readonly TimeSpan SilenceTimeout = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    // So many are kept free: what is closed to make room takes a moment to go.
    private readonly int _kept = Math.Max(1, budget.OtherSockets / 4);

    private readonly Lock _gate = new();

    // All below under _gate.
    private readonly SocketLine _silent = new();
    private readonly SocketLine _idle = new();
    private int _open;
    private long _evicted;
    private long? _loggedAt;
    private TaskCompletionSource? _room;

    /// <summary>Sockets open now.</summary>
    public int Count => Volatile.Read(ref _open);

    /// <summary>Sockets that have sent no whole request yet.</summary>
    public int Silent => _silent.Count;

    /// <summary>Sockets closed to make room, or because they stayed silent.</summary>
    public long Evicted => Volatile.Read(ref _evicted);

    /// <summary>The bound.</summary>
    public int MaxSockets => budget.Sockets;

    /// <summary>A request or a session runs on the socket from now on.</summary>
    public void Began(AcceptedSocket socket)
    {
        lock (_gate)
        {
            socket.Line?.Remove(socket);
        }
    }

    /// <summary>The request is over; the socket waits for the next one.</summary>
    public void Ended(AcceptedSocket socket)
    {
        lock (_gate)
        {
            if (!socket.IsClosed)
            {
                _idle.Add(socket, time.GetTimestamp());
            }
        }
    }

    /// <summary>Waits until one more socket may be accepted, closing the oldest that serves no request if there is no room.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellation)
    {
        Task room;
        AcceptedSocket? oldest;
        lock (_gate)
        {
            if (_open < MaxSockets)
            {
                return ValueTask.CompletedTask;
            }

            room = (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            oldest = TakeOldest();
        }

        Evict(oldest);
        LogFull(oldest is null);
        return new ValueTask(room.WaitAsync(cancellation));
    }

    /// <summary>
    /// The system has no descriptor left although the budget has: closes the oldest socket that serves no request, unless it has only just
    /// come. The caller tries again in a moment.
    /// </summary>
    public void MakeRoom()
    {
        AcceptedSocket? oldest;
        lock (_gate)
        {
            oldest = TakeOldest(Moment);
        }

        Evict(oldest);
        LogNoDescriptor();
    }

    /// <summary>Closes the sockets that have been silent for too long.</summary>
    public void Sweep()
    {
        while (true)
        {
            AcceptedSocket silent;
            lock (_gate)
            {
                if (_silent.First is not { } first || time.GetElapsedTime(first.Since) < SilenceTimeout)
                {
                    return;
                }

                silent = first;
                silent.Line!.Remove(silent);
            }

            Evict(silent);
        }
    }

    internal void Opened(AcceptedSocket socket)
    {
        AcceptedSocket? oldest = null;
        lock (_gate)
        {
            _open++;
            _silent.Add(socket, time.GetTimestamp());
            if (_silent.Count > budget.OtherSockets || _open > MaxSockets - _kept)
            {
                oldest = TakeOldest();
            }
        }

        Evict(oldest);
    }

    internal void Closed(AcceptedSocket socket)
    {
        TaskCompletionSource? room = null;
        lock (_gate)
        {
            socket.IsClosed = true;
            socket.Line?.Remove(socket);
            _open--;
            if (_open < MaxSockets)
            {
                room = _room;
                _room = null;
            }
        }

        room?.SetResult();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    // A socket that has never asked for anything goes before one that may ask again. The newest stays: it has had no time to ask.
    private AcceptedSocket? TakeOldest(TimeSpan age = default)
    {
        var oldest = _silent.Count > 1 && time.GetElapsedTime(_silent.First!.Since) >= age ? _silent.First : _idle.First;
        if (oldest is null || time.GetElapsedTime(oldest.Since) < age)
        {
            return null;
        }

        oldest.Line!.Remove(oldest);
        return oldest;
    }

    // Kestrel reads the end, and closes the socket.
    private void Evict(AcceptedSocket? socket)
    {
        if (socket is null)
        {
            return;
        }

        Interlocked.Increment(ref _evicted);
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has gone by itself.
        }
    }

    private void LogFull(bool waits)
    {
        if (waits && MayLog())
        {
            Log.NoRoom(logger, MaxSockets);
        }
    }

    private void LogNoDescriptor()
    {
        if (MayLog())
        {
            Log.NoDescriptor(logger, budget.Descriptors, Count);
        }
    }

    private bool MayLog()
    {
        lock (_gate)
        {
            if (_loggedAt is { } at && time.GetElapsedTime(at) < LogInterval)
            {
                return false;
            }

            _loggedAt = time.GetTimestamp();
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Listening + 1,
            LogLevel.Warning,
            "All {Sockets} sockets of this node serve a request or a client. New ones are accepted when one closes. "
            + "Raise the descriptor limit, or add a node.",
            EventName = "SocketsExhausted")]
        public static partial void NoRoom(ILogger logger, int sockets);

        [LoggerMessage(
            Observability.EventIds.Listening + 2,
            LogLevel.Warning,
            "The process has no free descriptor of {Descriptors}, with {Sockets} accepted sockets. Accepting goes on when one is free. "
            + "Something beside the clients takes more than its share.",
            EventName = "DescriptorsExhausted")]
        public static partial void NoDescriptor(ILogger logger, int descriptors, int sockets);
    }
}
