namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>
/// Records whether Redis refuses writes although it is connected: it is full and does not evict, is a replica, or cannot store. It still
/// publishes then. Safe for many threads.
/// </summary>
internal sealed partial class RedisRefusals(ILogger<RedisRefusals> logger)
{
    private readonly Lock _gate = new();
    private volatile string? _reason;

    /// <summary>Gets Redis's error for the last write; null if it was accepted.</summary>
    public string? Reason => _reason;

    /// <summary>Gets the state in one word, for the health report; null if Redis accepts writes.</summary>
    public string? State => Reason is not { } reason ? null : reason.StartsWith("OOM", StringComparison.Ordinal) ? "Full" : "Refusing";

    /// <summary>Records the outcome of a write.</summary>
    /// <param name="reason">The error; null if the write was accepted.</param>
    public void Note(string? reason)
    {
        if (reason is null && _reason is null)
        {
            return;
        }

        lock (_gate)
        {
            var before = _reason;
            _reason = reason;
            if (before is null && reason is not null)
            {
                Log.Refuses(logger, reason);
            }
            else if (before is not null && reason is null)
            {
                Log.Takes(logger);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Backplane + 24,
            LogLevel.Warning,
            "Redis refuses writes ({Reason}). If it is full, give it more memory; no node is declared lost because of it.",
            EventName = "RedisRefusesWrites")]
        public static partial void Refuses(ILogger logger, string reason);

        [LoggerMessage(Observability.EventIds.Backplane + 25, LogLevel.Information, "Redis accepts writes again.", EventName = "RedisTakesWrites")]
        public static partial void Takes(ILogger logger);
    }
}
