using Serverless.Gateway.Clients.Sessions;

namespace Serverless.Gateway.Clients.Transports.LongPolling;

/// <summary>Represents one long-polling client: its session, the messages for its next poll, and the time of its last poll.</summary>
internal sealed class PollingClient(HttpSession session, PollOutput output, TimeSpan maxPollInterval, TimeProvider time)
{
    private readonly Lock _gate = new();

    // Under _gate.
    private int _openPolls;
    private long _lastPollEnd = time.GetTimestamp();
    private bool _hasPolled;

    public HttpSession Session { get; } = session;

    public PollOutput Output { get; } = output;

    /// <summary>Returns true for the first poll, which is answered at once and empty (docs/contract/transports.md#long-polling).</summary>
    public bool TakeFirstPoll()
    {
        lock (_gate)
        {
            var isFirst = !_hasPolled;
            _hasPolled = true;
            return isFirst;
        }
    }

    /// <summary>Records the start of a poll.</summary>
    public void PollStarted()
    {
        lock (_gate)
        {
            _openPolls++;
        }
    }

    /// <summary>Records that a poll has been answered.</summary>
    public void PollEnded()
    {
        lock (_gate)
        {
            _openPolls--;
            _lastPollEnd = time.GetTimestamp();
        }
    }

    /// <summary>Returns true if the client has had no poll open for longer than its poll interval allows.</summary>
    public bool IsGone(long now)
    {
        lock (_gate)
        {
            return _openPolls == 0 && time.GetElapsedTime(_lastPollEnd, now) > maxPollInterval;
        }
    }
}
