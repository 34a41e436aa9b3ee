using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Upstream.Delivery;

/// <summary>
/// Blocks calls with retries to an endpoint that fails: after several failures in a row it is open and blocks all of them for some time; then
/// it admits one call at a time until one succeeds.
/// </summary>
internal sealed class CircuitBreaker(TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();

    // Under _gate.
    private int _failures;
    private bool _isOpen;
    private bool _isTrying;
    private long _openedAt;

    /// <summary>Gets a value that indicates whether the breaker is open: calls are blocked, or one at a time is admitted.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
            {
                return _isOpen;
            }
        }
    }

    /// <summary>Returns true if the caller may call now; it must then call <see cref="Report"/> once.</summary>
    /// <param name="policy">The policy of the caller's template.</param>
    /// <param name="wait">The time after which to try again, if the result is false.</param>
    public bool TryEnter(UpstreamPolicy policy, out TimeSpan wait)
    {
        lock (_gate)
        {
            wait = TimeSpan.Zero;
            if (!_isOpen)
            {
                return true;
            }

            var left = policy.BreakTime - time.GetElapsedTime(_openedAt);
            if (left > TimeSpan.Zero || _isTrying)
            {
                wait = left > LookAgain ? left : LookAgain;
                return false;
            }

            _isTrying = true;
            return true;
        }
    }

    /// <summary>Records the result of a call.</summary>
    /// <param name="policy">The policy of the caller's template.</param>
    /// <param name="isWell">True if the endpoint works, false if it failed, null if that is unknown.</param>
    public BreakerChange Report(UpstreamPolicy policy, bool? isWell)
    {
        lock (_gate)
        {
            _isTrying = false;
            switch (isWell)
            {
                case true:
                    var wasOpen = _isOpen;
                    _isOpen = false;
                    _failures = 0;
                    return wasOpen ? BreakerChange.Closed : BreakerChange.None;
                case false when policy.BreakAfter > 0 && ++_failures >= policy.BreakAfter:
                    var wasClosed = !_isOpen;
                    _isOpen = true;
                    _openedAt = time.GetTimestamp();
                    return wasClosed ? BreakerChange.Opened : BreakerChange.None;
                default:
                    return BreakerChange.None;
            }
        }
    }
}

/// <summary>The change of a <see cref="CircuitBreaker"/> by the end of a call.</summary>
internal enum BreakerChange
{
    None,
    Opened,
    Closed,
}
