using System.Net.Sockets;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Listening;

/// <summary>
/// Holds the sockets that this node has accepted, within <see cref="NodeBudget.Sockets"/>. Sockets without a request wait in two lines:
/// those that have not sent a request yet, limited in number and time, and those between two requests. When the node needs room, it closes
/// the oldest.
/// </summary>
internal sealed partial class AcceptedSockets(NodeBudget budget, TimeProvider time, ILogger<AcceptedSockets> logger) : BackgroundService
{
    /// <summary>The time that a socket may be open without a whole request; equals nginx's default.</summary>
    public static readonly TimeSpan SilenceTimeout = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    // The number of sockets kept free, because a socket that is closed to make room takes a moment to end.
    private readonly int _kept = Math.Max(1, budget.OtherSockets / 4);

    private readonly Lock _gate = new();

    // All below under _gate.
    private readonly SocketLine _silent = new();
    private readonly SocketLine _idle = new();
    private int _open;
    private long _evicted;
    private long? _loggedAt;
    private TaskCompletionSource? _room;

    /// <summary>The number of open sockets.</summary>
    public int Count => Volatile.Read(ref _open);

    /// <summary>The number of sockets that have not sent a whole request yet.</summary>
    public int Silent => _silent.Count;

    /// <summary>The number of sockets closed to make room, or because they sent no request in time.</summary>
    public long Evicted => Volatile.Read(ref _evicted);

    /// <summary>The maximum number of open sockets.</summary>
    public int MaxSockets => budget.Sockets;

    /// <summary>Records that a request or a session starts on the socket.</summary>
    public void Began(AcceptedSocket socket)
    {
        lock (_gate)
        {
            socket.Line?.Remove(socket);
        }
    }

    /// <summary>Records that the request has ended and the socket waits for the next one.</summary>
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

    /// <summary>Waits until one more socket may be accepted. If the node is full, closes the oldest socket without a request.</summary>
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
    /// Closes the oldest socket without a request, unless it is less than a second old, when the system has no free descriptor although
    /// the budget has. The caller retries after a moment.
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

    /// <summary>Closes the sockets that have sent no request in time.</summary>
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

    // A socket without any request is closed before one between two requests. The newest stays, as it has had no time to send a request.
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

    // Kestrel reads the end of the stream and closes the socket.
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
            // The socket has already ended.
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
            "The process has no free descriptor of {Descriptors}, with {Sockets} accepted sockets. It accepts sockets again when one is free. "
            + "Something other than the clients uses more descriptors than expected.",
            EventName = "DescriptorsExhausted")]
        public static partial void NoDescriptor(ILogger logger, int descriptors, int sockets);
    }
}
