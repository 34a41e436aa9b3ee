using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Connections.Framing;

/// <summary>
/// What a frame costs, and the outboxes that hold it. Only what stays in a blocked outbox is counted for the node, and once for all its
/// holders: a frame that is written at once costs no interlocked operation.
/// </summary>
internal sealed partial class Frame
{
    /// <summary>The object (40), its array's header (24), and a slot in a ring of which half may be empty (16).</summary>
    public const int OverheadBytes = 80;

    // Under this object's lock.
    private int _holders;
    private bool _isEventCounted;

    /// <summary>Bytes that count against an outbox's bound: those on the wire and what keeping them takes.</summary>
    public int Cost => _bytes.Length + OverheadBytes;

    /// <summary>One more holds the frame: the first counts its cost, and that of its event once there is one.</summary>
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

    /// <summary>One less holds it.</summary>
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
