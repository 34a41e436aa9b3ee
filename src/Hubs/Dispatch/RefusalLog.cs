using Microsoft.Extensions.Logging;

namespace Serverless.Hubs.Dispatch;

/// <summary>
/// Logs requests that are refused for their signature, at most once a minute: an operator must see a wrong access key, and an
/// unauthenticated sender must not fill the log. The log entry contains no text from the request.
/// </summary>
internal sealed partial class RefusalLog(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // Under _gate.
    private long? _loggedAt;
    private int _unlogged;

    /// <summary>Counts a refusal.</summary>
    /// <param name="header">The signature header that is missing or does not match.</param>
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
            "Upstream requests were refused with 401: {Count}. The last one's {Header} is missing or does not match the access key in this app's connection string.",
            EventName = "WrongSignature")]
        public static partial void WrongSignature(ILogger logger, int count, string header);
    }
}
