using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Serverless.Gateway.Tests.InMemory;

/// <summary>A transport of Kestrel whose connections are pipes: everything above a socket runs as it does in a process of its own.</summary>
internal sealed class MemoryTransport : IConnectionListenerFactory, IConnectionListener
{
    /// <summary>About what the socket buffers of loopback hold.</summary>
    public const int Window = 1024 * 1024;

    private readonly Channel<ConnectionContext> _connections = Channel.CreateUnbounded<ConnectionContext>();
    private int _lastId;

    public EndPoint EndPoint { get; private set; } = new IPEndPoint(IPAddress.Loopback, 0);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        EndPoint = endpoint;
        return ValueTask.FromResult<IConnectionListener>(this);
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await _connections.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _connections.Writer.TryComplete();
        return default;
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    /// <summary>Connects a client.</summary>
    /// <param name="window">Bytes that the server may have written and the client not read; the server's writes wait beyond.</param>
    public MemoryStreamPair Connect(int window)
    {
        var pair = new MemoryStreamPair($"memory{Interlocked.Increment(ref _lastId)}", window);
        return _connections.Writer.TryWrite(pair.Server) ? pair : throw new IOException("The server accepts no connections any more.");
    }
}

/// <summary>The two ends of a connection in memory.</summary>
internal sealed class MemoryStreamPair
{
    private readonly Pipe _toServer = CreatePipe(MemoryTransport.Window);
    private readonly Pipe _toClient;

    public MemoryStreamPair(string id, int window)
    {
        _toClient = CreatePipe(window);
        Server = new MemoryConnection(id, this);
        Client = new MemoryStream(this);
    }

    public ConnectionContext Server { get; }

    public Stream Client { get; }

    /// <summary>Ends the connection as a reset does.</summary>
    public void Break() => EndClient(new ConnectionResetException("The connection was reset."));

    private static Pipe CreatePipe(int window) => new(new PipeOptions(
        BlockPool.Instance, pauseWriterThreshold: window, resumeWriterThreshold: window / 2, useSynchronizationContext: false));

    // The client's end has gone: what it wrote is still read, what is written to it is thrown away.
    private void EndClient(Exception? reason)
    {
        _toServer.Writer.Complete(reason);
        _toClient.Reader.Complete(reason);
        ((MemoryConnection)Server).Closed();
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }

    private sealed class MemoryConnection : DefaultConnectionContext
    {
        private readonly MemoryStreamPair _pair;
        private readonly ServerWriter _writer;
        private readonly CancellationTokenSource _closed = new();

        public MemoryConnection(string id, MemoryStreamPair pair)
            : base(id)
        {
            _pair = pair;
            _writer = new ServerWriter(pair._toClient.Writer);
            Transport = new Duplex(pair._toServer.Reader, _writer);
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 1);
            RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1);
            ConnectionClosed = _closed.Token;
            Features.Set<IMemoryPoolFeature>(BlockPool.Instance);
        }

        // The transport's read loop notices the end of a socket; here the end that goes says so itself.
        public void Closed() => _ = Task.Run(_closed.Cancel);

        // As Kestrel's socket does: the application reads an abort, and what it writes goes nowhere.
        public override void Abort(ConnectionAbortedException abortReason)
        {
            _writer.Abort();
            _pair._toServer.Writer.Complete(new ConnectionAbortedException());
            Closed();
        }

        public override ValueTask DisposeAsync()
        {
            _writer.End();
            _pair._toServer.Reader.Complete();
            Closed();
            return base.DisposeAsync();
        }
    }

    // The application may write while another thread aborts the connection.
    private sealed class ServerWriter(PipeWriter writer) : PipeWriter
    {
        private volatile bool _aborted;

        public void Abort()
        {
            _aborted = true;
            writer.CancelPendingFlush();
        }

        public void End() => writer.Complete();

        public override void Advance(int bytes) => writer.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => writer.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => writer.GetSpan(sizeHint);

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            if (_aborted)
            {
                return new FlushResult(isCanceled: false, isCompleted: true);
            }

            var result = await writer.FlushAsync(cancellationToken);
            return _aborted ? new FlushResult(isCanceled: false, isCompleted: true) : result;
        }

        public override void CancelPendingFlush() => writer.CancelPendingFlush();

        // The connection completes the pipe when the application has left it.
        public override void Complete(Exception? exception = null)
        {
        }
    }

    // A client's end, which like a socket's stream reports every end that is not in order as an IOException.
    private sealed class MemoryStream(MemoryStreamPair pair) : Stream
    {
        private readonly Stream _input = pair._toClient.Reader.AsStream(leaveOpen: true);
        private readonly Stream _output = pair._toServer.Writer.AsStream(leaveOpen: true);
        private int _ended;

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await _input.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception exception) when (exception is ConnectionAbortedException or InvalidOperationException)
            {
                throw new IOException("The connection has ended.", exception);
            }
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await _output.WriteAsync(buffer, cancellationToken);
            }
            catch (InvalidOperationException exception)
            {
                throw new IOException("The connection has ended.", exception);
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref _ended, 1) == 0)
            {
                pair.EndClient(null);
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>Blocks of the size that Kestrel's own pool has, on which its response writer relies.</summary>
internal sealed class BlockPool : MemoryPool<byte>, IMemoryPoolFeature
{
    public static readonly BlockPool Instance = new();

    private BlockPool()
    {
    }

    public override int MaxBufferSize => 4096;

    public MemoryPool<byte> MemoryPool => this;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) =>
        new Block(new byte[minBufferSize > MaxBufferSize ? throw new ArgumentOutOfRangeException(nameof(minBufferSize)) : MaxBufferSize]);

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(byte[] bytes) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory => bytes;

        public void Dispose()
        {
        }
    }
}
