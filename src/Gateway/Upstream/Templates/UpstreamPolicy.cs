namespace Serverless.Gateway.Upstream.Templates;

/// <summary>Represents a template's rules for retries and dead letters, in addition to the service's single attempt. Immutable.</summary>
internal sealed class UpstreamPolicy
{
    private readonly TimeSpan _delay;
    private readonly TimeSpan _maxDelay;

    private UpstreamPolicy(UpstreamRetryOptions retry, bool keepsDeadLetters)
    {
        Attempts = retry.Attempts;
        TimeLimit = retry.TimeLimit;
        BreakAfter = retry.BreakAfter;
        BreakTime = retry.BreakTime;
        _delay = retry.Delay;
        _maxDelay = retry.MaxDelay;
        KeepsDeadLetters = keepsDeadLetters;
    }

    public int Attempts { get; }

    public bool Retries => Attempts > 1;

    /// <summary>Gets the time limit of all attempts and the waits between them.</summary>
    public TimeSpan TimeLimit { get; }

    /// <summary>Gets the number of failures in a row that opens the endpoint's circuit breaker; 0 if it never opens.</summary>
    public int BreakAfter { get; }

    public TimeSpan BreakTime { get; }

    public bool KeepsDeadLetters { get; }

    /// <summary>Returns the policy of a template; null if it has neither retries nor dead letters.</summary>
    public static UpstreamPolicy? From(UpstreamTemplateOptions template)
    {
        var retry = template.Retry ?? new UpstreamRetryOptions();
        return retry.Attempts > 1 || template.DeadLetter ? new UpstreamPolicy(retry, template.DeadLetter) : null;
    }

    /// <summary>Returns the wait before the next attempt: doubled after each attempt up to a maximum, less a random part of up to a half.</summary>
    /// <param name="attempts">The number of attempts made.</param>
    /// <param name="chance">A random number from 0 to 1.</param>
    public TimeSpan DelayAfter(int attempts, double chance)
    {
        var whole = Math.Min(_maxDelay.TotalMilliseconds, _delay.TotalMilliseconds * Math.Pow(2, attempts - 1));
        return TimeSpan.FromMilliseconds(whole * (1 - (chance / 2)));
    }
}
