using System.Buffers;
using System.IO.Pipelines;
using Serverless.Gateway.Clients.Transports.WebSockets;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Clients.Relay;

/// <summary>
/// Represents a WebSocket of another node to a session of this node, as one pipe in each direction. The other node sends the client's
/// bytes in pieces and asks for the bytes to write, each after the piece before it has been taken, so that a slow side slows the other.
/// </summary>
internal sealed class RelayedSocket : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Pipe _fromClient = new();
    private readonly Pipe _toClient = new();
    private readonly WebSocketPipeOutput _output;
    private readonly TimeProvider _time;
    private readonly TimeSpan _silenceTimeout;
    private readonly ITimer _silence;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Under _gate.
    private bool _left;

    private volatile bool _aborted;
    private int _asked;

    /// <param name="silenceTimeout">The time without a request after which the other node counts as gone.</param>
    /// <param name="time">The clock.</param>
    public RelayedSocket(TimeSpan silenceTimeout, TimeProvider time)
    {
        _output = new WebSocketPipeOutput(_toClient.Writer);
        _time = time;
        _silenceTimeout = silenceTimeout;
        _silence = time.CreateTimer(static socket => ((RelayedSocket)socket!).Abort(), this, silenceTimeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The bytes from the client.</summary>
    public PipeReader Input => _fromClient.Reader;

    /// <summary>Takes the bytes for the client.</summary>
    public IConnectionOutput Output => _output;

    /// <summary>Completes when the other node has taken all bytes that the session has written, or when the socket is aborted.</summary>
    public Task Over => _over.Task;

    /// <summary>
    /// Takes bytes from the client. Completes when there is room for more. An empty piece shows that the other node is alive while the
    /// client is slow.
    /// </summary>
    /// <returns>False if the socket has ended.</returns>
    public async Task<bool> TakeAsync(ReadOnlyMemory<byte> bytes)
    {
        ValueTask<FlushResult> written;
        lock (_gate)
        {
            if (_left)
            {
                return false;
            }

            _silence.Change(_silenceTimeout, Timeout.InfiniteTimeSpan);
            if (bytes.IsEmpty)
            {
                return true;
            }

            written = _fromClient.Writer.WriteAsync(bytes);
        }

        return !(await written).IsCompleted;
    }

    /// <summary>Waits for bytes for the client.</summary>
    /// <param name="timeout">The time after which the answer is empty.</param>
    public async Task<RelayAnswer?> GiveAsync(TimeSpan timeout)
    {
        if (Interlocked.Exchange(ref _asked, 1) == 1)
        {
            return null;
        }

        _silence.Change(timeout + _silenceTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            ReadResult result;
            using (_time.CreateTimer(static reader => ((PipeReader)reader!).CancelPendingRead(), _toClient.Reader, timeout, Timeout.InfiniteTimeSpan))
            {
                result = await _toClient.Reader.ReadAsync();
            }

            var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, ClientRelay.PieceBytes));
            var bytes = piece.ToArray();
            _toClient.Reader.AdvanceTo(piece.End);
            if (_aborted)
            {
                return null;
            }

            if (bytes.Length > 0 || !result.IsCompleted)
            {
                return new RelayAnswer(StatusCodes.Status200OK, bytes);
            }

            _over.TrySetResult();
            return new RelayAnswer(StatusCodes.Status204NoContent);
        }
        finally
        {
            Volatile.Write(ref _asked, 0);
            _silence.Change(_silenceTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Completes the input: the client sends no more.</summary>
    public void Left()
    {
        lock (_gate)
        {
            if (!_left)
            {
                _left = true;
                _fromClient.Writer.Complete();
            }
        }
    }

    /// <summary>Ends the socket at once. The session resends unacknowledged messages over the client's next socket.</summary>
    public void Abort()
    {
        _aborted = true;
        _output.Close();
        Left();
        _toClient.Reader.CancelPendingRead();
        _toClient.Writer.CancelPendingFlush();
        _over.TrySetResult();
    }

    /// <summary>Ends the socket after the session has left it. Bytes that the session has written still go to the client.</summary>
    public void End()
    {
        _output.Close();
        _toClient.Writer.Complete();
        _fromClient.Reader.Complete();
    }

    public void Dispose() => _silence.Dispose();
}
