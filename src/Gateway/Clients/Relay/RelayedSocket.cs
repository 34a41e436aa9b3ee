using System.Buffers;
using System.IO.Pipelines;
using Serverless.Gateway.Clients.Transports.WebSockets;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Clients.Relay;

/// <summary>
/// A WebSocket that another node has, as the session here sees it: a pipe each way. That node brings the client's bytes piece by piece
/// and asks for those to write, each time when the ones before are gone; so a slow side holds back the other.
/// </summary>
internal sealed class RelayedSocket : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Pipe _fromClient = new();
    private readonly Pipe _toClient = new();
    private readonly WebSocketPipeOutput _output;
    private readonly TimeProvider _time;
    private readonly TimeSpan _longestSilence;
    private readonly ITimer _silence;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Under _gate.
    private bool _left;

    private volatile bool _aborted;
    private int _asked;

    /// <param name="longestSilence">The other node is gone when it has not asked for so long.</param>
    /// <param name="time">The clock.</param>
    public RelayedSocket(TimeSpan longestSilence, TimeProvider time)
    {
        _output = new WebSocketPipeOutput(_toClient.Writer);
        _time = time;
        _longestSilence = longestSilence;
        _silence = time.CreateTimer(static socket => ((RelayedSocket)socket!).Abort(), this, longestSilence, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What the client sends.</summary>
    public PipeReader Input => _fromClient.Reader;

    /// <summary>Takes what the client is to get.</summary>
    public IConnectionOutput Output => _output;

    /// <summary>Ends when the other node has all that the session has written, or is to get no more.</summary>
    public Task Over => _over.Task;

    /// <summary>Takes what the client has sent; ends when there is room for more. No bytes say that the client is slow, and the other node alive.</summary>
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

            _silence.Change(_longestSilence, Timeout.InfiniteTimeSpan);
            if (bytes.IsEmpty)
            {
                return true;
            }

            written = _fromClient.Writer.WriteAsync(bytes);
        }

        return !(await written).IsCompleted;
    }

    /// <summary>Waits for what the client is to get.</summary>
    /// <param name="longest">When the answer is that there is nothing so far.</param>
    public async Task<RelayAnswer?> GiveAsync(TimeSpan longest)
    {
        if (Interlocked.Exchange(ref _asked, 1) == 1)
        {
            return null;
        }

        _silence.Change(longest + _longestSilence, Timeout.InfiniteTimeSpan);
        try
        {
            ReadResult result;
            using (_time.CreateTimer(static reader => ((PipeReader)reader!).CancelPendingRead(), _toClient.Reader, longest, Timeout.InfiniteTimeSpan))
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
            _silence.Change(_longestSilence, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The client sends no more.</summary>
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

    /// <summary>Ends it at once: whatever the client has not got is for its next socket.</summary>
    public void Abort()
    {
        _aborted = true;
        _output.Close();
        Left();
        _toClient.Reader.CancelPendingRead();
        _toClient.Writer.CancelPendingFlush();
        _over.TrySetResult();
    }

    /// <summary>The session has left it: what it has written still goes to the client.</summary>
    public void End()
    {
        _output.Close();
        _toClient.Writer.Complete();
        _fromClient.Reader.Complete();
    }

    public void Dispose() => _silence.Dispose();
}
