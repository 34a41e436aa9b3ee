using System.Buffers.Binary;
using System.Net.Sockets;
using Serverless.Gateway.Upstream.Telemetry;

namespace Serverless.Gateway.Upstream.Sockets;

/// <summary>Represents a socket to an upstream. It holds one of the node's permits, and counts the bytes that the upstream acknowledged.</summary>
internal sealed class UpstreamSocket : NetworkStream
{
    // struct tcp_info: tcpi_bytes_acked, 64 bits, since Linux 4.1                                 linux/tcp.h
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;
    private const int BytesAckedOffset = 120;
    private const long Unknown = -1;

    private readonly long _acknowledgedAtStart;
    private SemaphoreSlim? _permits;
    private long _acknowledgedAtEnd = Unknown;
    private int _hasEnded;

    /// <param name="socket">A connected socket.</param>
    /// <param name="permits">The permits, one of which is released when the stream is disposed of.</param>
    public UpstreamSocket(Socket socket, SemaphoreSlim permits)
        : base(socket, ownsSocket: true)
    {
        _permits = permits;
        _acknowledgedAtStart = Acknowledged();
        UpstreamMetrics.Connections(1);
    }

    /// <summary>Gets the number of written bytes.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Gets how many of them the upstream's system had acknowledged when the connection ended; -1 if that is not known.</summary>
    public long AcknowledgedAtEnd => Volatile.Read(ref _acknowledgedAtEnd);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            if (read == 0 && !buffer.IsEmpty)
            {
                Ended();
            }

            return read;
        }
        catch (IOException)
        {
            Ended();
            throw;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ConnectionUse.Current?.Bind(this);
        BytesWritten += buffer.Length;
        try
        {
            await base.WriteAsync(buffer, cancellationToken);
        }
        catch (IOException)
        {
            Ended();
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (Interlocked.Exchange(ref _permits, null) is { } permits)
        {
            UpstreamMetrics.Connections(-1);
            permits.Release();
        }
    }

    // Read at once: an upstream that has closed its side may later acknowledge bytes that it discards.
    private void Ended()
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0 && _acknowledgedAtStart != Unknown && Acknowledged() is var now and not Unknown)
        {
            Volatile.Write(ref _acknowledgedAtEnd, now - _acknowledgedAtStart);
        }
    }

    private long Acknowledged()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Unknown;
        }

        try
        {
            Span<byte> info = stackalloc byte[256];
            var length = Socket.GetRawSocketOption(TcpLevel, TcpInfo, info);
            var offset = info[BytesAckedOffset..];
            return length < BytesAckedOffset + sizeof(long) ? Unknown
                : BitConverter.IsLittleEndian ? BinaryPrimitives.ReadInt64LittleEndian(offset) : BinaryPrimitives.ReadInt64BigEndian(offset);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return Unknown;
        }
    }
}
