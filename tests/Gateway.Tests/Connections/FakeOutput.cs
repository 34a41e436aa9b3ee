using System.Text;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Tests.Connections;

/// <summary>A transport's writing side that takes bytes, holds them back or breaks, as a test says, and minds the outbox's promises.</summary>
internal sealed class FakeOutput : IConnectionOutput
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _written = new();
    private TaskCompletionSource? _full;
    private Exception? _broken;
    private bool _fillsUp;
    private int _inside;

    /// <summary>How often it was written to.</summary>
    public int Writes { get; private set; }

    /// <summary>True once two writes overlapped, or one came before the last had ended.</summary>
    public bool WasMisused { get; private set; }

    /// <summary>Called within each write.</summary>
    public Action? WhileWriting { get; set; }

    /// <summary>Everything taken so far; the end is shown as <c>|</c>.</summary>
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

    /// <summary>From now on each write ends only by <see cref="Release"/>.</summary>
    public void Fill()
    {
        lock (_gate)
        {
            _fillsUp = true;
        }
    }

    /// <summary>Ends the write under way, and lets later ones end at once again.</summary>
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

    /// <summary>Breaks the socket: the write under way fails, and so does every later one.</summary>
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
