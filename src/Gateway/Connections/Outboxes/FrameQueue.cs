using System.Buffers;
using System.Diagnostics;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// Represents the frames of one outbox, first in, first out. A lone frame is in a field, so that light traffic rents no array; more are
/// in a rented ring. Not safe for concurrent use.
/// </summary>
internal struct FrameQueue
{
    private const int FirstRingSize = 16;

    private Frame? _only;
    private Frame[]? _ring;
    private int _head;

    // The number of frames, from the first on, that are counted for the node.
    private int _counted;

    /// <summary>Gets the number of queued frames.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the cost of the queued frames in bytes.</summary>
    public int Bytes { get; private set; }

    /// <summary>Gets the bytes of the queued frames on the wire.</summary>
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

    /// <summary>Removes and returns the first frame, which no longer counts for the node.</summary>
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

    /// <summary>Counts for the node all frames that are not counted yet, because they stay for a while.</summary>
    /// <param name="queued">The node's count of bytes held.</param>
    /// <param name="output">The output that the frames go to. If it sends events, the frames' events are created first.</param>
    public void CountAll(QueuedBytes queued, IConnectionOutput? output)
    {
        for (; _counted < Count; _counted++)
        {
            var frame = _ring is null ? _only! : _ring[(_head + _counted) & (_ring.Length - 1)];
            output?.BytesOf(frame);
            frame.Hold(queued);
        }
    }

    /// <summary>Drops all frames.</summary>
    public void Clear(QueuedBytes queued)
    {
        while (Count > 0)
        {
            Pop(queued);
        }

        Release();
    }

    /// <summary>Returns the ring to the pool. The queue must be empty.</summary>
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
