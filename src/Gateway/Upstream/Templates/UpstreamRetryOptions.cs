using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Upstream.Templates;

/// <summary>How often and how long a template's events are tried: section <c>Retry</c> of a template, this project's own.</summary>
internal sealed class UpstreamRetryOptions
{
    /// <value>How often an event is sent at most; see <see href="reference/retries.md">retries</see>.</value>
    [Setting(Allowed = "1 to 100")]
    public int Attempts { get; set; } = 1;

    /// <value>Wait after the first attempt; doubled after each further one, less up to a half by chance.</value>
    [Setting(Allowed = "1 ms to 1 h")]
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <value>The longest wait that doubling leads to.</value>
    [Setting(Allowed = "that of `Delay` to 1 h")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <value>Time for all attempts and the waits between them.</value>
    [Setting(Allowed = "0.1 s to 1 day")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <value>After so many failures in a row nothing is sent to that host and port for a while; 0 for never.</value>
    [Setting(Allowed = "0 to 100000")]
    public int BreakAfter { get; set; } = 10;

    /// <value>That while.</value>
    [Setting(Allowed = "10 ms to 1 h")]
    public TimeSpan BreakTime { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>What is wrong, each with its key; empty if nothing.</summary>
    public IEnumerable<string> Errors(string section)
    {
        if (Attempts is < 1 or > 100)
        {
            yield return $"{section}:Attempts is out of range. Write a number from 1 (no retry) to 100.";
        }

        if (Delay < TimeSpan.FromMilliseconds(1) || Delay > TimeSpan.FromHours(1))
        {
            yield return $"{section}:Delay is out of range. Write a time from 00:00:00.001 to 01:00:00 (hours:minutes:seconds).";
        }

        if (MaxDelay < Delay || MaxDelay > TimeSpan.FromHours(1))
        {
            yield return $"{section}:MaxDelay is out of range. Write a time from that of Delay to 01:00:00 (hours:minutes:seconds).";
        }

        if (TimeLimit < TimeSpan.FromMilliseconds(100) || TimeLimit > TimeSpan.FromDays(1))
        {
            yield return $"{section}:TimeLimit is out of range. Write a time from 00:00:00.1 to 1.00:00:00 (days.hours:minutes:seconds).";
        }

        if (BreakAfter is < 0 or > 100_000)
        {
            yield return $"{section}:BreakAfter is out of range. Write a number from 0 (never) to 100000.";
        }

        if (BreakTime < TimeSpan.FromMilliseconds(10) || BreakTime > TimeSpan.FromHours(1))
        {
            yield return $"{section}:BreakTime is out of range. Write a time from 00:00:00.01 to 01:00:00 (hours:minutes:seconds).";
        }
    }
}
