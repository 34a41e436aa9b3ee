using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Connections.Upkeep;

/// <summary>
/// Closes the clients that hold the most memory while the node stays short of it: those that do not read, and those whose unfinished
/// message finds no room. Otherwise such clients could keep the node full for any time.
/// </summary>
internal sealed partial class MemoryRelief(ConnectionTable table, QueuedBytes queued, TimeProvider time, ILogger<MemoryRelief> logger)
    : BackgroundService
{
    /// <summary>The time for which a node is short of memory before it closes clients.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Clients that hold less are closed only when the node refuses work.
    private const int LargeBytes = 16 * 1024;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private long? _tightSince;
    private long? _loggedAt;

    /// <summary>Checks once.</summary>
    public void Tick()
    {
        var now = time.GetTimestamp();
        if (!queued.IsTight)
        {
            _tightSince = null;
            return;
        }

        _tightSince ??= now;
        if (time.GetElapsedTime(_tightSince.Value, now) < Patience)
        {
            return;
        }

        var held = queued.Held;
        var closed = CloseLargest();
        if (closed > 0 && (_loggedAt is not { } last || time.GetElapsedTime(last, now) >= LogInterval))
        {
            _loggedAt = now;
            Log.Relieved(logger, held, queued.MaxBytes, closed);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Tick();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private int CloseLargest()
    {
        // The reader releases the memory of an unfinished message, a moment after the client is closed.
        var releasing = 0L;
        var closed = 0;
        var largest = table.Open
            .Where(static connection => !connection.IsClosing)
            .Select(static connection => (Connection: connection, Bytes: connection.ReleasableBytes))
            .Where(static entry => entry.Bytes > 0)
            .OrderByDescending(static entry => entry.Bytes);
        foreach (var (connection, bytes) in largest)
        {
            if (queued.Held - releasing < (bytes >= LargeBytes ? queued.MaxBytes / 2 : queued.MaxBytes))
            {
                break;
            }

            releasing += connection.UnfinishedBytes;
            connection.CloseForRoom();
            closed++;
        }

        return closed;
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Connections + 2,
            LogLevel.Warning,
            "The node held {Held} bytes of the {Limit} that Gateway:Limits:MaxQueuedBytes allows; {Clients} clients that held the most are closed and may come back.",
            EventName = "MemoryRelieved")]
        public static partial void Relieved(ILogger logger, long held, long limit, int clients);
    }
}
