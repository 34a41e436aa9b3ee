using System.Collections.Concurrent;

namespace Serverless.Gateway.Hosting.Logs;

/// <summary>
/// Lets a number of lines of a kind through in a minute, which begins with the first of them, and counts the others. Kinds are never
/// removed: they come from code and configuration, not from clients.
/// </summary>
internal sealed class LogLimiter(TimeProvider time)
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<LogKind, Minute> _kinds = new();

    /// <summary>Returns whether a line may be written now.</summary>
    /// <param name="kind">The lines that are counted together.</param>
    /// <param name="lines">The most lines in a minute.</param>
    /// <param name="left">The number of lines left out since the last one that was let through.</param>
    public bool TryTake(LogKind kind, int lines, out long left)
    {
        var minute = _kinds.GetOrAdd(kind, static _ => new Minute());
        lock (minute)
        {
            var now = time.GetTimestamp();
            if (minute.Lines == 0 || time.GetElapsedTime(minute.Start, now) >= Window)
            {
                minute.Start = now;
                minute.Lines = 0;
            }

            if (minute.Lines == lines)
            {
                minute.Left++;
                left = 0;
                return false;
            }

            minute.Lines++;
            left = minute.Left;
            minute.Left = 0;
            return true;
        }
    }

    private sealed class Minute
    {
        public long Start { get; set; }

        public int Lines { get; set; }

        public long Left { get; set; }
    }
}

/// <summary>A kind of line, whose lines are counted together.</summary>
/// <param name="Category">The logger's name.</param>
/// <param name="EventId">The event's id.</param>
/// <param name="Detail">A value of the event that takes few values, such as a template or reason; null if no value separates kinds.</param>
internal readonly record struct LogKind(string Category, int EventId, string? Detail);
