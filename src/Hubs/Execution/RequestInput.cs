using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace Serverless.Hubs.Execution;

/// <summary>
/// The input of a connection that lives for one upstream request: the handshake, then at most one message. A read after the last one stays
/// pending, so that the handler never disconnects, unless the request is a disconnected event.
/// </summary>
internal sealed class RequestInput(ReadOnlyMemory<byte> handshake, ReadOnlyMemory<byte> message, HubRun run) : PipeReader, IValueTaskSource<ReadResult>
{
    private ManualResetValueTaskSourceCore<bool> _pending = new() { RunContinuationsAsynchronously = true };
    private ReadOnlySequence<byte> _current = new(handshake);
    private bool _isHandshakeRead;
    private int _isCanceled;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (!_current.IsEmpty)
        {
            return new(new ReadResult(_current, isCanceled: false, isCompleted: false));
        }

        if (!_isHandshakeRead)
        {
            // The handler has connected: every read from here on asks for messages.
            _isHandshakeRead = true;
            if (run.Kind == HubRunKind.Call)
            {
                run.EnterDispatching();
                _current = new ReadOnlySequence<byte>(message);
                return new(new ReadResult(_current, isCanceled: false, isCompleted: false));
            }
        }

        if (run.Kind == HubRunKind.Disconnected)
        {
            run.EnterDisconnecting();
            return new(new ReadResult(_current, isCanceled: false, isCompleted: true));
        }

        return new(this, _pending.Version);
    }

    public override void AdvanceTo(SequencePosition consumed) => _current = _current.Slice(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

    /// <summary>Called by the framework when the connection is aborted, and before each disconnected method, which it must not end.</summary>
    public override void CancelPendingRead()
    {
        if (Interlocked.Exchange(ref _isCanceled, 1) == 0)
        {
            if (run.Kind != HubRunKind.Disconnected)
            {
                run.Abort();
            }

            run.EnterDisconnecting();
            _pending.SetResult(true);
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        result = new ReadResult(_current, isCanceled: false, isCompleted: false);
        return !_current.IsEmpty;
    }

    public override void Complete(Exception? exception = null)
    {
    }

    // The abort may come before the read, with the message not yet consumed.
    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) =>
        new(_current, isCanceled: _pending.GetResult(token), isCompleted: false);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _pending.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _pending.OnCompleted(continuation, state, token, flags);
}
