using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// The bytes that a blocked outbox counts for the node: the frames that wait, and the write that the socket has not taken. An outbox
/// whose socket takes bytes counts none.
/// </summary>
internal sealed partial class Outbox
{
    // Under _gate: the frame that a pending write holds, or the bytes that the transport has copied.
    private Frame? _heldFrame;
    private int _heldBytes;

    /// <summary>
    /// Gets the bytes that the connection's output costs the node: frames that wait, the pending write, and frames kept until they are
    /// acknowledged.
    /// </summary>
    public int BytesHeld
    {
        get
        {
            lock (_gate)
            {
                return _frames.Bytes + (_heldFrame?.Cost ?? _heldBytes) + (_unacked?.Bytes ?? 0);
            }
        }
    }

    /// <summary>Gets a value that indicates whether the client has frames to acknowledge.</summary>
    public bool HasUnacked
    {
        get
        {
            lock (_gate)
            {
                return _unacked is { Bytes: > 0 };
            }
        }
    }

    // Called by the owner when the socket has not taken all of a write.
    private void Block(Frame? lone, int bytes)
    {
        lock (_gate)
        {
            Volatile.Write(ref _blocked, true);
            CountWaiting();
            if (_output.Keeps == OutputKeeps.Frame && lone is not null)
            {
                _heldFrame = lone;
                lone.Hold(_workers.Queued);
            }
            else if (_output.Keeps != OutputKeeps.Counted)
            {
                _heldBytes = bytes;
                _workers.Queued.Add(bytes);
            }
        }
    }

    // Called by the owner when the socket has taken the write.
    private void Unblock()
    {
        lock (_gate)
        {
            Volatile.Write(ref _blocked, false);
            ReleaseInFlight();
        }
    }

    // Under _gate.
    private void CountIfBlocked()
    {
        if (IsBlocked && !_closed)
        {
            CountWaiting();
        }
    }

    // Under _gate.
    private void CountWaiting() => _frames.CountAll(_workers.Queued, _output);

    // Under _gate.
    private void ReleaseInFlight()
    {
        _heldFrame?.Release(_workers.Queued);
        _heldFrame = null;
        if (_heldBytes > 0)
        {
            _workers.Queued.Remove(_heldBytes);
            _heldBytes = 0;
        }
    }
}
