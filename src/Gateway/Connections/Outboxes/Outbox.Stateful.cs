using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// Stateful reconnect: the outbox keeps the frames that it has sent until the client acknowledges them, waits while it has no transport,
/// and repeats on the next one the frames that the client may have missed (docs/contract/hub-protocol.md#stateful-reconnect).
/// </summary>
internal sealed partial class Outbox
{
    // All below are read and written under _gate; null and false without stateful reconnect.
    private UnackedFrames? _unacked;
    private IConnectionOutput? _nextOutput;
    private bool _isDown;
    private bool _isHeld;

    /// <summary>Keeps sent frames, from the next one on, until they are acknowledged.</summary>
    /// <param name="protocol">The client's protocol.</param>
    /// <param name="maxUnackedBytes">Sending stops while this many bytes are unacknowledged.</param>
    public void KeepUnacked(HubProtocol protocol, int maxUnackedBytes)
    {
        lock (_gate)
        {
            _unacked = new UnackedFrames(protocol, maxUnackedBytes, _workers.Queued);
        }
    }

    /// <summary>Drops the messages up to a number, which the client has acknowledged.</summary>
    public void Acknowledge(long id)
    {
        bool take;
        lock (_gate)
        {
            _unacked?.Acknowledge(id);
            take = _isHeld && !MustHold() && !_owned;
            _owned |= take;
        }

        if (take)
        {
            Drain();
        }
    }

    /// <summary>Stops writing, because the transport is lost, until <see cref="Resume"/>.</summary>
    public void Suspend()
    {
        lock (_gate)
        {
            _isDown = true;
            _isHeld = true;
            CountWaiting();
        }
    }

    /// <summary>Continues over another transport with the frames that the client has not acknowledged.</summary>
    public void Resume(IConnectionOutput output)
    {
        bool take;
        lock (_gate)
        {
            // An owner that is writing to the old transport fails or completes, and then changes over.
            _nextOutput = output;
            take = !_owned;
            _owned = true;
        }

        if (take)
        {
            Drain();
        }
    }

    // Called under _gate by the owner, with no write pending.
    private void TakeNextOutput()
    {
        if (_nextOutput is { } next)
        {
            _output = next;
            _nextOutput = null;
            _isDown = false;
            _isHeld = false;
            _unacked!.Rewind(ref _frames);
        }
    }

    // Called under _gate: true when the next frame must wait for a transport, or for the client's acks.
    private bool MustHold()
    {
        if (_unacked is not null)
        {
            _isHeld = _isDown || (_unacked.IsFull && _frames.Count > 0 && _frames.Peek().Messages > 0);
        }

        return _isHeld;
    }

    // The transport broke: queued and unacknowledged frames stay for the next transport, unless the connection was ending anyway.
    private bool TryOutlive(out bool hasNextOutput)
    {
        lock (_gate)
        {
            hasNextOutput = _nextOutput is not null;
            if (_unacked is null || _ended)
            {
                return false;
            }

            Volatile.Write(ref _blocked, false);
            ReleaseInFlight();
            if (!hasNextOutput)
            {
                _isDown = true;
                _isHeld = true;
                CountWaiting();
                _owned = false;
                return true;
            }
        }

        _workers.Schedule(this);
        _workers.Wake();
        return true;
    }
}
