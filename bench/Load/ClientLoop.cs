using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Serverless.Load;

/// <summary>
/// Runs all clients of a run on one thread: waits for readable sockets, reads each once into a shared buffer, and keeps the connections
/// alive with pings. Allocates no object per message.
/// </summary>
internal sealed unsafe class ClientLoop : IDisposable
{
    private const int BufferBytes = 256 * 1024;
    private const int LargestRequest = 4096;
    private const int MaxPublishers = 8;
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(100);

    private readonly Epoll _epoll = new();
    private readonly SlotPool _slots = new();
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(BufferBytes);
    private readonly byte[] _handshakeFrame = Frame(HubMessage.HandshakeRequest);
    private readonly byte[] _pingFrame = Frame(HubMessage.Ping);
    private readonly IReadOnlyList<ClientRequest> _requests;
    private readonly Publisher?[] _publishers = new Publisher?[MaxPublishers];
    private IWorkload _workload = IdleWorkload.Instance;
    private long _nextPing = Stopwatch.GetTimestamp();
    private int _pingTurn;
    private int _sourceTurn;

    /// <param name="requests">The upgrade requests, which clients use in turn.</param>
    /// <param name="clients">The number of clients.</param>
    internal ClientLoop(IReadOnlyList<ClientRequest> requests, int clients)
    {
        _requests = requests;
        Connections = new Connection[clients];
    }

    internal Connection[] Connections { get; }

    internal int Open { get; private set; }

    /// <summary>The number of connections that failed to open or that the server ended.</summary>
    internal int Broken { get; private set; }

    /// <summary>The reason why the first of them failed.</summary>
    internal string? FirstFault { get; private set; }

    public void Dispose()
    {
        for (var i = 0; i < Connections.Length; i++)
        {
            Release(i);
        }

        foreach (var publisher in _publishers)
        {
            publisher?.Dispose();
        }

        _epoll.Dispose();
        _slots.Dispose();
        NativeMemory.Free(_buffer);
    }

    /// <summary>Runs the workload until <paramref name="isDone"/>, for <paramref name="limit"/> at most; returns true when it was done.</summary>
    internal bool Run(IWorkload workload, TimeSpan limit, Func<bool> isDone)
    {
        _workload = workload;
        var end = Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);
        while (!isDone())
        {
            var now = Stopwatch.GetTimestamp();
            if (now >= end)
            {
                return false;
            }

            var wait = workload.Pace(now);
            var ping = SendPings(now);
            var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), end);
            Visit(_epoll.Wait(Min(Min(wait, ping), Min(left, MaxWait))));
        }

        return true;
    }

    internal void Run(IWorkload workload, TimeSpan time) => Run(workload, time, static () => false);

    /// <summary>Starts the connection of a client. Calls <see cref="IWorkload.Ready"/> when it is ready.</summary>
    internal void Connect(int client)
    {
        ref var connection = ref Connections[client];
        connection = new Connection { Socket = Sockets.StartConnect(RequestOf(client).Port, _sourceTurn++), Phase = ConnectionPhase.Connecting };
        _epoll.Add(connection.Socket, client, Epoll.Writable);
    }

    /// <summary>Sends a close frame. Calls <see cref="IWorkload.Ended"/> when the server has closed the connection.</summary>
    internal void Close(int client)
    {
        Span<byte> frame = stackalloc byte[FrameWriter.SizeFor(2)];
        var length = FrameWriter.WriteClose(frame);
        Connections[client].Phase = ConnectionPhase.Closing;
        Open--;
        Send(client, frame[..length]);
    }

    internal void Send(int client, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            if (Libc.Send(Connections[client].Socket, first, bytes.Length, Libc.NoSignal) != bytes.Length)
            {
                Break(client, "the server did not take what was sent");
            }
        }
    }

    internal Publisher OpenPublisher(int lane, BroadcastRequest request)
    {
        var publisher = new Publisher(Sockets.StartConnect(request.Port, 0), request, lane);
        _publishers[lane] = publisher;
        _epoll.Add(publisher.Socket, Connections.Length + lane, Epoll.Readable);
        return publisher;
    }

    private void Visit(ReadOnlySpan<Libc.EpollEvent> events)
    {
        foreach (var ready in events)
        {
            var token = (int)ready.Data;
            if (token >= Connections.Length)
            {
                _publishers[token - Connections.Length]!.Receive();
            }
            else if (Connections[token].Phase == ConnectionPhase.Connecting)
            {
                Upgrade(token);
            }
            else if (Connections[token].Phase != ConnectionPhase.None)
            {
                Receive(token);
            }
        }
    }

    private void Upgrade(int client)
    {
        ref var connection = ref Connections[client];
        if (Sockets.ConnectError(connection.Socket) is var error and not 0)
        {
            Break(client, $"connect failed with error {error}");
            return;
        }

        Span<byte> request = stackalloc byte[LargestRequest];
        connection.Phase = ConnectionPhase.Upgrading;
        _epoll.Change(connection.Socket, client, Epoll.Readable);
        Send(client, request[..RequestOf(client).Write(request, client)]);
    }

    private ClientRequest RequestOf(int client) => _requests[client % _requests.Count];

    private void Receive(int client)
    {
        ref var connection = ref Connections[client];
        var waiting = connection.Frames.Waiting;
        if (connection.Slot != null)
        {
            Buffer.MemoryCopy(connection.Slot, _buffer, BufferBytes, waiting);
            _slots.Return(connection.Slot);
            connection.Slot = null;
        }

        var received = (int)Libc.Receive(connection.Socket, _buffer + waiting, BufferBytes - waiting, 0);
        var now = Stopwatch.GetTimestamp();
        if (received > 0)
        {
            Read(client, new Span<byte>(_buffer, waiting + received), now);
            return;
        }

        var fault = Marshal.GetLastPInvokeError();
        if (received < 0 && fault == Libc.Again)
        {
            Keep(ref connection, new ReadOnlySpan<byte>(_buffer, waiting), default);
        }
        else if (connection.Phase == ConnectionPhase.Closing)
        {
            End(client);
        }
        else
        {
            Break(client, received == 0 ? "the server closed the connection" : $"read failed with error {fault}");
        }
    }

    private void Read(int client, Span<byte> bytes, long now)
    {
        ref var connection = ref Connections[client];
        if (connection.Phase == ConnectionPhase.Upgrading)
        {
            var end = bytes.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                connection.Frames.RawBytes = bytes.Length;
                Keep(ref connection, bytes, default);
                return;
            }

            if (!bytes.StartsWith("HTTP/1.1 101 "u8))
            {
                Break(client, Encoding.ASCII.GetString(bytes[..bytes.IndexOf((byte)'\r')]));
                return;
            }

            connection.Phase = ConnectionPhase.Handshaking;
            connection.Frames = default;
            bytes = bytes[(end + 4)..];
            Send(client, _handshakeFrame);
        }

        ReadFrames(client, bytes, now);
    }

    private void ReadFrames(int client, Span<byte> bytes, long now)
    {
        ref var connection = ref Connections[client];
        var reader = new FrameReader(bytes, ref connection.Frames);
        while (reader.TryRead(out var record))
        {
            Take(client, record, now);
            if (connection.Phase == ConnectionPhase.None)
            {
                return;
            }
        }

        if (reader.IsClosed)
        {
            if (connection.Phase == ConnectionPhase.Closing)
            {
                End(client);
            }
            else
            {
                Break(client, "the server sent a close frame");
            }

            return;
        }

        reader.Rest(out var waitingRecord, out var waitingRaw);
        if (waitingRecord.Length + waitingRaw.Length > SlotPool.SlotBytes)
        {
            Break(client, "a message is larger than any that was sent");
            return;
        }

        Keep(ref connection, waitingRecord, waitingRaw);
    }

    private void Take(int client, ReadOnlySpan<byte> record, long now)
    {
        ref var connection = ref Connections[client];
        if (connection.Phase == ConnectionPhase.Handshaking)
        {
            if (!record.SequenceEqual(HubMessage.HandshakeResponse))
            {
                Break(client, Encoding.UTF8.GetString(record));
                return;
            }

            connection.Phase = ConnectionPhase.Open;
            Open++;
            _workload.Ready(client);
            return;
        }

        var kind = HubMessage.KindOf(record);
        if (kind == HubMessageKind.Close)
        {
            if (connection.Phase != ConnectionPhase.Closing)
            {
                Break(client, Encoding.UTF8.GetString(record));
            }
        }
        else if (kind != HubMessageKind.Ping)
        {
            _workload.Receive(client, kind, record, now);
        }
    }

    private void Keep(ref Connection connection, ReadOnlySpan<byte> record, ReadOnlySpan<byte> raw)
    {
        if (record.Length + raw.Length == 0)
        {
            return;
        }

        connection.Slot = _slots.Rent();
        var slot = new Span<byte>(connection.Slot, SlotPool.SlotBytes);
        record.CopyTo(slot);
        raw.CopyTo(slot[record.Length..]);
    }

    /// <summary>Sends the pings: every 15 s per open connection, spread evenly over the connections.</summary>
    private TimeSpan SendPings(long now)
    {
        if (Open == 0)
        {
            _nextPing = now;
            return PingInterval;
        }

        var step = (long)(PingInterval.TotalSeconds * Stopwatch.Frequency / Connections.Length);
        while (_nextPing <= now)
        {
            _nextPing += step;
            _pingTurn = (_pingTurn + 1) % Connections.Length;
            if (Connections[_pingTurn].Phase == ConnectionPhase.Open)
            {
                Send(_pingTurn, _pingFrame);
            }
        }

        return Stopwatch.GetElapsedTime(now, _nextPing);
    }

    private void Break(int client, string fault)
    {
        Broken++;
        FirstFault ??= fault;
        if (Connections[client].Phase == ConnectionPhase.Open)
        {
            Open--;
        }

        Release(client);
    }

    private void End(int client)
    {
        Release(client);
        _workload.Ended(client);
    }

    private void Release(int client)
    {
        ref var connection = ref Connections[client];
        if (connection.Phase == ConnectionPhase.None)
        {
            return;
        }

        _ = Libc.Close(connection.Socket);
        if (connection.Slot != null)
        {
            _slots.Return(connection.Slot);
            connection.Slot = null;
        }

        connection.Phase = ConnectionPhase.None;
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static byte[] Frame(ReadOnlySpan<byte> payload)
    {
        var frame = new ArrayBufferWriter<byte>();
        frame.Advance(FrameWriter.WriteText(payload, frame.GetSpan(FrameWriter.SizeFor(payload.Length))));
        return frame.WrittenSpan.ToArray();
    }
}
