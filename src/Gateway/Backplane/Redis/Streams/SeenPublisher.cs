namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>What is done with an entry of a stream.</summary>
internal enum Reading
{
    /// <summary>Acted on.</summary>
    Next,

    /// <summary>Dropped: it has been acted on before.</summary>
    Repeat,

    /// <summary>Left for later: one before it is missing, and may come yet. The first such.</summary>
    GapOpens,

    /// <summary>Left for later, behind another such.</summary>
    TooEarly,
}

/// <summary>How far one publisher's messages have been read, by their numbers. Not safe for concurrent use.</summary>
internal sealed class SeenPublisher
{
    private long _last;
    private bool _begins = true;
    private bool _mayJump;
    private (StreamId From, long Since)? _gap;

    /// <summary>When it was last heard of.</summary>
    public long HeardAt { get; private set; }

    /// <summary>Decides on a message; to be called in the order of the stream.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="before">The place before it.</param>
    /// <param name="now">The clock.</param>
    /// <param name="lost">How many before it are lost for good.</param>
    public Reading Take(long sequence, StreamId before, long now, out long lost)
    {
        HeardAt = now;
        lost = 0;
        if (sequence <= _last)
        {
            return Reading.Repeat;
        }

        if (!_begins && sequence > _last + 1)
        {
            if (!_mayJump)
            {
                var opens = _gap is null;
                _gap ??= (before, now);
                return opens ? Reading.GapOpens : Reading.TooEarly;
            }

            lost = sequence - _last - 1;
        }

        _last = sequence;
        _begins = _mayJump = false;
        return Reading.Next;
    }

    /// <summary>Nobody read for a while: whatever number comes next, nothing is lost.</summary>
    public void BeginAnew()
    {
        _begins = true;
        _gap = null;
    }

    /// <summary>Redis may have lost some: what is missing does not come any more.</summary>
    public void AllowJump()
    {
        _mayJump = true;
        _gap = null;
    }

    /// <summary>Where to read again for those that were left, if what was missing has come; null if none were.</summary>
    public StreamId? Filled()
    {
        var from = _gap?.From;
        _gap = null;
        return from;
    }

    /// <summary>Where to read again if what is missing has been waited for too long: it is lost. Null if it is not so.</summary>
    public StreamId? GiveUp(TimeSpan limit, TimeProvider time)
    {
        if (_gap is not { } gap || time.GetElapsedTime(gap.Since) < limit)
        {
            return null;
        }

        AllowJump();
        return gap.From;
    }
}
