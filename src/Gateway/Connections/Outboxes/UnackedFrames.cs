using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Limits;
using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// Holds the frames sent to a client with stateful reconnect that the client has not acknowledged, in order. Messages are numbered from
/// 1, without a new start. Not safe for concurrent use.
/// </summary>
/// <param name="protocol">The client's protocol.</param>
/// <param name="maxBytes">Sending stops while this many bytes are unacknowledged.</param>
/// <param name="queued">The node's count of bytes held, to which all these frames are added.</param>
internal sealed class UnackedFrames(HubProtocol protocol, int maxBytes, QueuedBytes queued)
{
    private FrameQueue _frames;
    private long _firstId = 1; // of the kept frames, or of the next one
    private long _nextId = 1;
    private long _highestSent;
    private long _acked;

    /// <summary>Gets a value that indicates whether the client must acknowledge messages before more are sent.</summary>
    public bool IsFull => _frames.Count > 0 && _frames.WireBytes >= maxBytes;

    /// <summary>Gets the cost of the kept frames in bytes.</summary>
    public int Bytes => _frames.Bytes;

    /// <summary>Keeps a frame that is being sent until it is acknowledged.</summary>
    /// <returns>False if the frame was sent before.</returns>
    public bool Sent(Frame frame)
    {
        var messages = frame.Messages;
        if (messages == 0)
        {
            return true;
        }

        _nextId += messages;
        var isFirst = _nextId - 1 > _highestSent;
        _highestSent = Math.Max(_highestSent, _nextId - 1);
        if (_nextId - 1 > _acked)
        {
            _frames.Push(frame);
            _frames.CountAll(queued, output: null);
        }
        else
        {
            // A repeat of a message that the client had received after all.
            _firstId = _nextId;
        }

        return isFirst;
    }

    /// <summary>Drops the messages up to a number, which the client has acknowledged.</summary>
    public void Acknowledge(long id)
    {
        _acked = Math.Max(_acked, Math.Min(id, _highestSent));
        while (_frames.Count > 0 && _firstId + _frames.Peek().Messages - 1 <= _acked)
        {
            _firstId += _frames.Pop(queued).Messages;
        }

        if (_frames.Count == 0)
        {
            _frames.Release();
        }
    }

    /// <summary>
    /// Puts the unacknowledged frames before those that wait, and a sequence message with the number of the first one before both. Frames
    /// meant for the lost transport alone (pings, acks) are dropped.
    /// </summary>
    public void Rewind(ref FrameQueue waiting)
    {
        var later = waiting;
        waiting = default;
        var replay = default(FrameQueue);
        var id = _firstId;
        Take(ref _frames, ref replay, ref id);
        Take(ref later, ref replay, ref id);
        _nextId = _firstId;
        waiting.Push(Frames.Sequence(protocol, _firstId));
        while (replay.Count > 0)
        {
            waiting.Push(replay.Pop(queued));
        }

        replay.Release();
    }

    /// <summary>Drops all frames.</summary>
    public void Clear() => _frames.Clear(queued);

    private void Take(ref FrameQueue from, ref FrameQueue to, ref long id)
    {
        while (from.Count > 0)
        {
            var frame = from.Pop(queued);
            var messages = frame.Messages;
            if (messages == 0)
            {
                continue;
            }

            id += messages;
            if (id - 1 > _acked)
            {
                to.Push(frame);
            }
            else
            {
                _firstId = id;
            }
        }

        from.Release();
    }
}
