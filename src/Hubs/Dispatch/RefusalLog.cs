using Microsoft.Extensions.Logging;

namespace Serverless.Hubs.Dispatch;

/// <summary>
/// Logs requests that are refused for their signature, at most once a minute: an operator must see a wrong access key, and a stranger must not
/// fill the log. What a stranger wrote is not in it.
/// </summary>
internal sealed partial class RefusalLog(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // Under _gate.
    private long? _loggedAt;
    private int _unlogged;

    /// <summary>Counts a refusal.</summary>
    /// <param name="header">The header that does not fit.</param>
    public void Add(string header)
    {
        int count;
        lock (_gate)
        {
            _unlogged++;
            if (_loggedAt is { } last && time.GetElapsedTime(last) < Interval)
            {
                return;
            }

            _loggedAt = time.GetTimestamp();
            count = _unlogged;
            _unlogged = 0;
        }

        Log.WrongSignature(logger, count, header);
    }

    private static partial class Log
    {
        [LoggerMessage(
            11001,
            LogLevel.Warning,
            "Upstream requests were refused with 401: {Count}. The last one's {Header} does not fit the access key of this app's connection string, or is missing.",
            EventName = "WrongSignature")]
        public static partial void WrongSignature(ILogger logger, int count, string header);
    }
}
