namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>
/// Tracks the number of nodes that read a hub's stream, which each wake-up returns. If it is lower than before and no node has reported that it
/// leaves, a node may be cut off, and gets the present messages when it is back. After the nodes' time-out it counts as lost. Safe for many
/// threads.
/// </summary>
internal sealed class HubListeners(TimeSpan timeout, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _now = -1;
    private long _most;
    private long _mostSeenAt;

    /// <summary>
    /// Gets a value that indicates whether all readers got the last wake-up; false while one may be missing, or before the first wake-up.
    /// </summary>
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

    /// <summary>Notes that a node has stopped reading.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _most = Math.Max(0, _most - 1);
        }
    }

    /// <summary>Notes that this node was cut off: other nodes may come back later than it.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _mostSeenAt = time.GetTimestamp();
        }
    }

    /// <summary>Notes the number of other nodes that got a wake-up; null if it is unknown.</summary>
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
