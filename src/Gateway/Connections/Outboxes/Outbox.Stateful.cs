using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// Stateful reconnect: the outbox keeps what it has sent until the client acknowledges it, waits without a transport, and starts
/// again on the next with what the client may have missed (docs/contract/hub-protocol.md#stateful-reconnect).
/// </summary>
internal sealed partial class Outbox
{
    // All below are read and written under _gate; null and false where the client does not reconnect this way.
    private UnackedFrames? _unacked;
    private IConnectionOutput? _nextOutput;
    private bool _isDown;
    private bool _isHeld;

    /// <summary>From the next frame on, keeps what is sent until it is acknowledged.</summary>
    /// <param name="protocol">The client's protocol.</param>
    /// <param name="maxUnackedBytes">Sending stops while so many bytes are unacknowledged.</param>
    public void KeepUnacked(HubProtocol protocol, int maxUnackedBytes)
    {
        lock (_gate)
        {
            _unacked = new UnackedFrames(protocol, maxUnackedBytes, _workers.Queued);
        }
    }

    /// <summary>The client has got every message up to a number.</summary>
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

    /// <summary>The transport is gone: nothing is written until the next one comes.</summary>
    public void Suspend()
    {
        lock (_gate)
        {
            _isDown = true;
            _isHeld = true;
            CountWaiting();
        }
    }

    /// <summary>Goes on, over another transport, with what the client has not acknowledged.</summary>
    public void Resume(IConnectionOutput output)
    {
        bool take;
        lock (_gate)
        {
            // Whoever is writing to the old transport fails or ends, and changes over.
            _nextOutput = output;
            take = !_owned;
            _owned = true;
        }

        if (take)
        {
            Drain();
        }
    }

    // Under _gate, by the owner, with no write under way.
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

    // Under _gate, with a frame in line: whether it must wait for a transport, or for the client's acks.
    private bool MustHold()
    {
        if (_unacked is not null)
        {
            _isHeld = _isDown || (_unacked.IsFull && _frames.Count > 0 && _frames.Peek().Messages > 0);
        }

        return _isHeld;
    }

    // The transport broke: what waits and what is unacknowledged stay for the next, unless the connection was ending anyway.
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
