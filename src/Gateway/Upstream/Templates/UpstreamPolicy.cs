namespace Serverless.Gateway.Upstream.Templates;

/// <summary>What a template asks for beyond the service's single attempt. Immutable.</summary>
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

    /// <summary>For all attempts and waits, where there are several.</summary>
    public TimeSpan TimeLimit { get; }

    /// <summary>Failures in a row that open the endpoint's circuit breaker; 0 for none.</summary>
    public int BreakAfter { get; }

    public TimeSpan BreakTime { get; }

    public bool KeepsDeadLetters { get; }

    /// <summary>The policy of a template; null where it asks for nothing.</summary>
    public static UpstreamPolicy? From(UpstreamTemplateOptions template)
    {
        var retry = template.Retry ?? new UpstreamRetryOptions();
        return retry.Attempts > 1 || template.DeadLetter ? new UpstreamPolicy(retry, template.DeadLetter) : null;
    }

    /// <summary>The wait before the next attempt: doubled each time up to the longest, less up to a half by chance.</summary>
    /// <param name="attempts">Attempts made.</param>
    /// <param name="chance">From 0 to 1.</param>
    public TimeSpan DelayAfter(int attempts, double chance)
    {
        var whole = Math.Min(_maxDelay.TotalMilliseconds, _delay.TotalMilliseconds * Math.Pow(2, attempts - 1));
        return TimeSpan.FromMilliseconds(whole * (1 - (chance / 2)));
    }
}
