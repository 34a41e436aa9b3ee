using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Connections.Framing;

/// <summary>
/// The frame's cost in memory, and the outboxes that hold it. The node counts only frames that stay in a blocked outbox, and each once
/// for all its holders. A frame that is written at once costs no interlocked operation.
/// </summary>
internal sealed partial class Frame
{
    /// <summary>The object (40), its array's header (24), and a slot in a ring that may be half empty (16).</summary>
    public const int OverheadBytes = 80;

    // Under this object's lock.
    private int _holders;
    private bool _isEventCounted;

    /// <summary>Gets the bytes that count against an outbox's bound: those on the wire and the overhead of keeping them.</summary>
    public int Cost => _bytes.Length + OverheadBytes;

    /// <summary>Adds a holder. The first one counts the frame's cost, and that of its event once the event exists.</summary>
    public void Hold(QueuedBytes queued)
    {
        lock (this)
        {
            if (++_holders == 1)
            {
                queued.Add(Cost);
            }

            if (_event is { } made && !_isEventCounted)
            {
                _isEventCounted = true;
                queued.Add(made.Length);
            }
        }
    }

    /// <summary>Removes a holder. The last one removes the cost from the count.</summary>
    public void Release(QueuedBytes queued)
    {
        lock (this)
        {
            if (--_holders == 0)
            {
                queued.Remove(Cost + (_isEventCounted ? _event!.Length : 0));
                _isEventCounted = false;
            }
        }
    }
}
