using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Provides the settings of a template's retries: its section <c>Retry</c>, which the service does not have.</summary>
internal sealed class UpstreamRetryOptions
{
    /// <value>The maximum number of attempts to send an event; see <see href="reference/retries.md">retries</see>.</value>
    [Setting(Allowed = "1 to 100")]
    public int Attempts { get; set; } = 1;

    /// <value>The wait after the first attempt. It doubles after each further one, and is reduced by a random part of up to a half.</value>
    [Setting(Allowed = "1 ms to 1 h")]
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <value>The maximum to which the wait doubles.</value>
    [Setting(Allowed = "that of `Delay` to 1 h")]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <value>The time limit of all attempts and the waits between them.</value>
    [Setting(Allowed = "0.1 s to 1 day")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(2);

    /// <value>After this number of failures in a row, calls to the host and port pause for <c>BreakTime</c>; 0 for never.</value>
    [Setting(Allowed = "0 to 100000")]
    public int BreakAfter { get; set; } = 10;

    /// <value>The pause of calls to a host and port that has failed too often.</value>
    [Setting(Allowed = "10 ms to 1 h")]
    public TimeSpan BreakTime { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Returns the errors, each with its key; empty if all values are valid.</summary>
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
