namespace Serverless.Gateway.Upstream.Sockets;

/// <summary>
/// Represents a connection to an upstream, below HTTP and above TLS. It counts the received bytes, and fails a request that would begin on a
/// connection that has ended or has been idle for too long.
/// </summary>
internal sealed class UpstreamConnection(Stream inner, TimeProvider time) : Stream
{
    private long _lastUsed = time.GetTimestamp();
    private long _bytesRead;
    private bool _isUsed;
    private volatile bool _hasEnded;

    /// <summary>Gets the number of received bytes, without TLS's own.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A read with an empty buffer waits for bytes and reads none.
        return buffer.IsEmpty ? inner.ReadAsync(buffer, cancellationToken) : ReadCoreAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (ConnectionUse.Current is { } use && use.TryBind(this, _isUsed))
        {
            if (_isUsed && (_hasEnded || time.GetElapsedTime(Volatile.Read(ref _lastUsed)) >= UpstreamSockets.IdleTimeout))
            {
                return ValueTask.FromException(new IOException("The connection has been idle for too long."));
            }

            _isUsed = true;
        }

        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadCoreAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        var read = await inner.ReadAsync(buffer, cancel);
        _hasEnded |= read == 0;
        Volatile.Write(ref _bytesRead, _bytesRead + read);
        Volatile.Write(ref _lastUsed, time.GetTimestamp());
        return read;
    }
}
