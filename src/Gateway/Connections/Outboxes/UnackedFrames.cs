using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Limits;
using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// What a client with stateful reconnect has been sent and has not acknowledged, in order. Its messages are numbered from 1, and
/// never anew. Not safe for concurrent use.
/// </summary>
/// <param name="protocol">The client's protocol.</param>
/// <param name="maxBytes">No more is sent while so many bytes are unacknowledged.</param>
/// <param name="queued">What the node holds; all of this is part of it.</param>
internal sealed class UnackedFrames(HubProtocol protocol, int maxBytes, QueuedBytes queued)
{
    private FrameQueue _frames;
    private long _firstId = 1; // of what is kept, or the next one's
    private long _nextId = 1;
    private long _highestSent;
    private long _acked;

    /// <summary>True while the client must acknowledge something before more is sent.</summary>
    public bool IsFull => _frames.Count > 0 && _frames.WireBytes >= maxBytes;

    /// <summary>What is kept costs so many bytes.</summary>
    public int Bytes => _frames.Bytes;

    /// <summary>A frame is on its way: keeps it until it is acknowledged.</summary>
    /// <returns>False if it was on its way before.</returns>
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
            // A replay of what the client has seen after all.
            _firstId = _nextId;
        }

        return isFirst;
    }

    /// <summary>The client has got every message up to a number.</summary>
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
    /// Puts what is unacknowledged before what waits, and before both the number of the first. What was meant for the lost
    /// transport alone (pings, acks) is dropped.
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

    /// <summary>Drops everything.</summary>
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
