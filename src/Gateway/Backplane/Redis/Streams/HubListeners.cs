namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>
/// How many nodes listen to a hub, as each wake-up tells. Fewer than a moment ago, and none has said that it leaves: one may be cut off, and get what
/// is written now when it is back, until the time is over after which a node that is silent is given up.
/// </summary>
internal sealed class HubListeners(TimeSpan timeout, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _now = -1;
    private long _most;
    private long _mostSeenAt;

    /// <summary>False while somebody may be missing, or nobody has told yet.</summary>
    public bool AreComplete
    {
        get
        {
            lock (_gate)
            {
                return _now >= _most;
            }
        }
    }

    /// <summary>One has left the hub in order.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _most = Math.Max(0, _most - 1);
        }
    }

    /// <summary>This node was away: the others may come back later than it.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _mostSeenAt = time.GetTimestamp();
        }
    }

    /// <summary>So many others have been woken; null if nobody can tell.</summary>
    public void Note(long? others)
    {
        lock (_gate)
        {
            _now = others ?? -1;
            if (_now >= _most || time.GetElapsedTime(_mostSeenAt) > timeout)
            {
                (_most, _mostSeenAt) = (Math.Max(0, _now), time.GetTimestamp());
            }
        }
    }
}
