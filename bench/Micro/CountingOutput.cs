using System.Threading.Tasks.Sources;
using Serverless.Gateway.Clients.Transports.WebSockets;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Micro;

/// <summary>An output that accepts every write at once and discards it, unless it is blocked.</summary>
internal sealed class CountingOutput(Deliveries deliveries) : IConnectionOutput, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _blockedWrite;
    private volatile bool _blocksNext;

    /// <summary>A stream that receives a copy of the written bytes, for checks during set-up.</summary>
    public MemoryStream? Copy { get; set; }

    /// <summary>Makes the next write complete only with <see cref="Unblock"/>.</summary>
    public void Block()
    {
        _blockedWrite.Reset();
        _blocksNext = true;
    }

    /// <summary>Completes the blocked write, which must be in progress.</summary>
    public void Unblock() => _blockedWrite.SetResult(true);

    public ReadOnlySpan<byte> BytesOf(Frame frame) => WebSocketFrames.BytesOf(frame).Span;

    public ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        var blocks = _blocksNext;
        _blocksNext = false;
        Copy?.Write(bytes);
        deliveries.Add(bytes.Length);
        return blocks ? new ValueTask(this, _blockedWrite.Version) : default;
    }

    void IValueTaskSource.GetResult(short token) => _blockedWrite.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _blockedWrite.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _blockedWrite.OnCompleted(continuation, state, token, flags);
}
