using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Upstream.Delivery;

/// <summary>
/// Keeps retrying callers from an endpoint that is unwell: after some failures in a row nobody may call for a while, then one at a time
/// tries, until a call goes well.
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

    /// <summary>Nobody may call, or one tries.</summary>
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

    /// <summary>Whether the caller may call now; it must then <see cref="Report"/>, once.</summary>
    /// <param name="policy">The caller's.</param>
    /// <param name="wait">When to ask again, if not.</param>
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

    /// <summary>How a call went.</summary>
    /// <param name="policy">The caller's.</param>
    /// <param name="isWell">Null if nobody knows.</param>
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

/// <summary>What a call's end has done to a <see cref="CircuitBreaker"/>.</summary>
internal enum BreakerChange
{
    None,
    Opened,
    Closed,
}
