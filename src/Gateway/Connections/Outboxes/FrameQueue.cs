using System.Buffers;
using System.Diagnostics;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// The frames of one outbox, first in, first out. A lone frame lies in a field, so that light traffic rents nothing; more lie in a
/// rented ring. Not safe for concurrent use.
/// </summary>
internal struct FrameQueue
{
    private const int FirstRingSize = 16;

    private Frame? _only;
    private Frame[]? _ring;
    private int _head;

    // The first so many are counted for the node.
    private int _counted;

    /// <summary>Frames in line.</summary>
    public int Count { get; private set; }

    /// <summary>What they cost.</summary>
    public int Bytes { get; private set; }

    /// <summary>Their bytes on the wire.</summary>
    public readonly int WireBytes => Bytes - (Count * Frame.OverheadBytes);

    public void Push(Frame frame)
    {
        Bytes += frame.Cost;
        if (Count == 0 && _ring is null)
        {
            _only = frame;
        }
        else
        {
            if (_ring is null || Count == _ring.Length)
            {
                Grow();
            }

            _ring![(_head + Count) & (_ring.Length - 1)] = frame;
        }

        Count++;
    }

    public readonly Frame Peek() => _ring is null ? _only! : _ring[_head];

    /// <summary>Takes the first frame, which counts for the node no longer.</summary>
    public Frame Pop(QueuedBytes queued)
    {
        Debug.Assert(Count > 0, "There is a frame to take.");
        Frame frame;
        if (_ring is null)
        {
            frame = _only!;
            _only = null;
        }
        else
        {
            frame = _ring[_head];
            _ring[_head] = null!;
            _head = (_head + 1) & (_ring.Length - 1);
        }

        Count--;
        Bytes -= frame.Cost;
        if (_counted > 0)
        {
            _counted--;
            frame.Release(queued);
        }

        return frame;
    }

    /// <summary>The frames stay for a while: counts for the node those that do not yet.</summary>
    /// <param name="queued">What the node holds.</param>
    /// <param name="output">Where the frames go; makes their events first, where it sends events.</param>
    public void CountAll(QueuedBytes queued, IConnectionOutput? output)
    {
        for (; _counted < Count; _counted++)
        {
            var frame = _ring is null ? _only! : _ring[(_head + _counted) & (_ring.Length - 1)];
            output?.BytesOf(frame);
            frame.Hold(queued);
        }
    }

    /// <summary>Drops every frame.</summary>
    public void Clear(QueuedBytes queued)
    {
        while (Count > 0)
        {
            Pop(queued);
        }

        Release();
    }

    /// <summary>Gives the ring back; the queue is empty.</summary>
    public void Release()
    {
        if (_ring is not null)
        {
            ArrayPool<Frame>.Shared.Return(_ring);
            _ring = null;
            _head = 0;
        }
    }

    private void Grow()
    {
        // The pool's arrays are powers of two, as the index mask needs.
        var bigger = ArrayPool<Frame>.Shared.Rent(_ring is null ? FirstRingSize : _ring.Length * 2);
        for (var i = 0; i < Count; i++)
        {
            bigger[i] = _ring is null ? _only! : _ring[(_head + i) & (_ring.Length - 1)];
        }

        _only = null;
        if (_ring is not null)
        {
            ArrayPool<Frame>.Shared.Return(_ring, clearArray: true);
        }

        _ring = bigger;
        _head = 0;
    }
}
