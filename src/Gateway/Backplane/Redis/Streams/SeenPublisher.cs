namespace Serverless.Gateway.Backplane.Redis.Streams;

/// <summary>The decision about an entry of a stream.</summary>
internal enum Reading
{
    /// <summary>The entry is handled.</summary>
    Next,

    /// <summary>The entry is dropped: it has been handled before.</summary>
    Repeat,

    /// <summary>The entry is left for later, as the first one behind a missing entry, which may still arrive.</summary>
    GapOpens,

    /// <summary>The entry is left for later, behind another entry that is left.</summary>
    TooEarly,
}

/// <summary>Tracks how far one publisher's messages have been read, by their numbers. Not safe for concurrent use.</summary>
internal sealed class SeenPublisher
{
    private long _last;
    private bool _begins = true;
    private bool _mayJump;
    private (StreamId From, long Since)? _gap;

    /// <summary>Gets the clock reading of the last message.</summary>
    public long HeardAt { get; private set; }

    /// <summary>Decides about a message. Call it in the order of the stream.</summary>
    /// <param name="sequence">The number of the message.</param>
    /// <param name="before">The position before it.</param>
    /// <param name="now">The clock reading.</param>
    /// <param name="lost">The number of messages before it that are lost.</param>
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

    /// <summary>Accepts any next number without a loss, because this node has not read for a while.</summary>
    public void BeginAnew()
    {
        _begins = true;
        _gap = null;
    }

    /// <summary>Accepts a next number with a loss, because Redis may have lost the missing messages.</summary>
    public void AllowJump()
    {
        _mayJump = true;
        _gap = null;
    }

    /// <summary>
    /// Returns the position from which to read the entries that were left, after the missing one has arrived; null if there are none.
    /// </summary>
    public StreamId? Filled()
    {
        var from = _gap?.From;
        _gap = null;
        return from;
    }

    /// <summary>
    /// Returns the position from which to read again if a missing entry has not arrived within the limit and counts as lost; else null.
    /// </summary>
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
