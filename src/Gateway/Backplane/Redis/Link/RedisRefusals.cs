namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>
/// Whether Redis, though it is there, refuses to be written to: it is full and evicts nothing, or a replica, or cannot store. It still
/// publishes then.
/// </summary>
internal sealed partial class RedisRefusals(ILogger<RedisRefusals> logger)
{
    private readonly Lock _gate = new();
    private volatile string? _reason;

    /// <summary>Redis's own words for the last write; null if it was taken.</summary>
    public string? Reason => _reason;

    /// <summary>In a word, for health; null if it takes everything.</summary>
    public string? State => Reason is not { } reason ? null : reason.StartsWith("OOM", StringComparison.Ordinal) ? "Full" : "Refusing";

    /// <summary>Notes what became of a write.</summary>
    /// <param name="reason">Why it was refused; null if it was taken.</param>
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
            "Redis refuses to be written to ({Reason}). If it is full, give it more memory; no node counts as lost for it.",
            EventName = "RedisRefusesWrites")]
        public static partial void Refuses(ILogger logger, string reason);

        [LoggerMessage(Observability.EventIds.Backplane + 25, LogLevel.Information, "Redis can be written to again.", EventName = "RedisTakesWrites")]
        public static partial void Takes(ILogger logger);
    }
}
