using System.Text;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Tests.Connections;

/// <summary>Represents a transport's writing side that accepts bytes, holds them back or breaks, as a test sets it, and checks the outbox's calls.</summary>
internal sealed class FakeOutput : IConnectionOutput
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _written = new();
    private TaskCompletionSource? _full;
    private Exception? _broken;
    private bool _fillsUp;
    private int _inside;

    /// <summary>Gets the number of writes.</summary>
    public int Writes { get; private set; }

    /// <summary>Gets a value that indicates whether two writes have overlapped, or one has started before the last had completed.</summary>
    public bool WasMisused { get; private set; }

    /// <summary>Gets or sets an action that is called within each write.</summary>
    public Action? WhileWriting { get; set; }

    /// <summary>Gets the bytes accepted so far as text. The end is shown as <c>|</c>.</summary>
    public string Text
    {
        get
        {
            lock (_gate)
            {
                return _written.ToString();
            }
        }
    }

    public ReadOnlySpan<byte> BytesOf(Frame frame) => frame == Frame.End ? "|"u8 : frame.Payload.Span;

    /// <summary>Holds each write back until <see cref="Release"/>.</summary>
    public void Fill()
    {
        lock (_gate)
        {
            _fillsUp = true;
        }
    }

    /// <summary>Completes the pending write, and lets later ones complete at once.</summary>
    public void Release()
    {
        TaskCompletionSource? full;
        lock (_gate)
        {
            _fillsUp = false;
            full = _full;
            _full = null;
        }

        full?.SetResult();
    }

    /// <summary>Breaks the socket: the pending write fails, and so does every later one.</summary>
    public void Break()
    {
        TaskCompletionSource? full;
        lock (_gate)
        {
            _broken = new IOException("broken");
            full = _full;
            _full = null;
        }

        full?.SetException(_broken);
    }

    public ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        WasMisused |= Interlocked.Increment(ref _inside) != 1;
        WhileWriting?.Invoke();
        try
        {
            lock (_gate)
            {
                Writes++;
                WasMisused |= _full is not null;
                if (_broken is not null)
                {
                    throw _broken;
                }

                _written.Append(Encoding.UTF8.GetString(bytes));
                if (!_fillsUp)
                {
                    return default;
                }

                _full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return new ValueTask(_full.Task);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }
}
