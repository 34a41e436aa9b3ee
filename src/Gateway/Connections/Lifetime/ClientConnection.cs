using System.Diagnostics.CodeAnalysis;
using System.Net;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Gateway.Metering;
using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>
/// Represents one client's connection: its identity, its outbox, and the times of its last messages. A transport creates it, and routing
/// finds it.
/// </summary>
internal sealed partial class ClientConnection
{
    /// <summary>A closing connection is aborted after this time.</summary>
    public static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(5);

    private static readonly TaskCompletionSource AlreadyEnded = CreateEnded();

    private readonly TimeProvider _time;
    private Action _abort;
    private readonly Outbox _outbox;
    private TaskCompletionSource? _outputEnded;
    private Closing? _closing;
    private ClientCalls? _calls;

    /// <param name="options">The limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="meter">The hub's meter.</param>
    /// <param name="workers">The workers that drain the outbox.</param>
    /// <param name="output">The transport's writing side.</param>
    /// <param name="abort">Ends the transport at once; safe to call many times, from any thread.</param>
    public ClientConnection(
        ClientOptions options,
        TimeProvider time,
        HubMeter meter,
        DrainWorkers workers,
        IConnectionOutput output,
        Action abort)
    {
        Meter = meter;
        _time = time;
        _abort = abort;
        _outbox = new Outbox(workers, output, options.OutboxBytes, OnOutboxEnded, meter.ToClients);
        StartedAt = LastHeardAt = LastPingAt = time.GetTimestamp();
    }

    /// <summary>Gets the public id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the hub that the client connected to.</summary>
    public required HubName Hub { get; init; }

    /// <summary>Gets the identity from the client's token.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>Gets the value of <c>X-ASRS-Client-Query</c> for upstream requests; null if empty.</summary>
    public string? ClientQuery { get; init; }

    public string? UserId => Identity.UserId;

    /// <summary>Gets the meter of the connection's hub.</summary>
    public HubMeter Meter { get; }

    /// <summary>Gets the kind that the connection is counted as.</summary>
    public ConnectionKind Kind { get; init; }

    /// <summary>Gets the number of messages received from the client, without housekeeping.</summary>
    public long MessagesReceived { get; private set; }

    /// <summary>Gets the bytes of all messages received from the client.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Gets the number of messages for the client that the transport has taken, without housekeeping.</summary>
    public long MessagesSent => _outbox.Messages;

    /// <summary>Gets the bytes for the client that the transport has taken.</summary>
    public long BytesSent => _outbox.Bytes;

    /// <summary>Gets or sets the negotiated hub protocol; null until the handshake.</summary>
    public HubProtocol? Protocol { get; set; }

    /// <summary>Gets or sets a value that indicates whether the transport has ended.</summary>
    private bool HasEnded { get => Volatile.Read(ref field); set => Volatile.Write(ref field, value); }

    /// <summary>Gets the transport's kind.</summary>
    public ClientTransports Transport { get; init; }

    /// <summary>Gets the address that the requests come from, of the client or the last proxy; null if it is unknown.</summary>
    public IPAddress? Ip { get; init; }

    /// <summary>Gets the time since the transport started.</summary>
    public TimeSpan Age => _time.GetElapsedTime(StartedAt);

    /// <summary>Gets the clock reading at the transport's start.</summary>
    public long StartedAt { get; }

    /// <summary>Gets the clock reading of the last whole inbound message.</summary>
    public long LastHeardAt { get; private set; }

    /// <summary>Gets or sets the clock reading of the last ping sent.</summary>
    public long LastPingAt { get; set; }

    /// <summary>Gets or sets a value that indicates whether the client has pinged. Only such a client can time out.</summary>
    public bool HasPinged { get; set; }

    /// <summary>
    /// Gets or sets a value that indicates whether reading is paused because messages wait for the upstream. The client cannot time out
    /// meanwhile.
    /// </summary>
    public bool ReadingHeld { get; set; }

    /// <summary>Gets or sets the bytes of memory that hold an unfinished inbound message. Written by the reader.</summary>
    public int UnfinishedBytes { get => Volatile.Read(ref field); set => Volatile.Write(ref field, value); }

    /// <summary>
    /// Gets the bytes that closing the connection would release: its unfinished message, and its outbox if the client does not read.
    /// </summary>
    public long ReleasableBytes => (long)UnfinishedBytes + (IsBlocked ? _outbox.BytesHeld : 0);

    /// <summary>
    /// Gets a value that indicates whether the client's messages release memory: acknowledgements, and answers to the server's calls.
    /// </summary>
    public bool IsAwaited => Volatile.Read(ref _calls) is { IsEmpty: false } || (_resumption is not null && _outbox.HasUnacked);

    /// <summary>Gets the bytes that wait in the outbox.</summary>
    public int BytesWaiting => _outbox.BytesWaiting;

    /// <summary>Gets a value that indicates whether the socket takes no bytes.</summary>
    public bool IsBlocked => _outbox.IsBlocked;

    /// <summary>Gets the groups that the connection is in. Only <c>HubConnections</c> changes them.</summary>
    public GroupMembership Groups { get; } = new();

    /// <summary>Gets the server's calls that the client has yet to answer.</summary>
    public ClientCalls Calls
    {
        get
        {
            if (Volatile.Read(ref _calls) is { } calls)
            {
                return calls;
            }

            var created = new ClientCalls();
            calls = Interlocked.CompareExchange(ref _calls, created, null) ?? created;
            if (HasEnded)
            {
                calls.End();
            }

            return calls;
        }
    }

    /// <summary>Gets the reason of the connection's end. The first reason given counts.</summary>
    public CloseReason CloseReason => Volatile.Read(ref _closing)?.Reason ?? CloseReason.None;

    /// <summary>
    /// Gets the text for the upstream's disconnected event; null without an error (docs/contract/upstream-requests.md#disconnected-request).
    /// </summary>
    public string? Error => Volatile.Read(ref _closing)?.UpstreamError;

    /// <summary>Gets a value that indicates whether a closing method has been called.</summary>
    public bool IsClosing => Volatile.Read(ref _closing) is not null;

    /// <summary>Records that a whole message has arrived.</summary>
    public void Heard() => LastHeardAt = _time.GetTimestamp();

    /// <summary>Counts the messages and bytes of one read.</summary>
    public void Received(int messages, int bytes)
    {
        MessagesReceived += messages;
        BytesReceived += bytes;
        Meter.FromClients.Add(new Traffic(messages, 0, bytes));
    }

    /// <summary>Sends a frame, on this thread if the outbox is idle.</summary>
    public void Send(Frame frame)
    {
        if (_outbox.Send(frame) == OutboxResult.Overflow)
        {
            CloseAsSlow();
        }
    }

    /// <summary>Sends the answer to the handshake, as soon as <paramref name="between"/> has run and before any other frame.</summary>
    public ValueTask SendFirstAsync(Frame first, Func<ValueTask> between) => _outbox.SendFirstAsync(first, between);

    /// <summary>Queues a frame for the drain workers; the caller wakes them.</summary>
    public void Post(Frame frame)
    {
        if (_outbox.Post(frame) == OutboxResult.Overflow)
        {
            CloseAsSlow();
        }
    }

    /// <summary>Sends a frame that can wait. Returns false, with a task to await before the next try, if the client is behind.</summary>
    public bool TrySend(Frame frame, [NotNullWhen(false)] out Task? room) => _outbox.TrySend(frame, out room);

    /// <summary>Returns true when the transport carries a protocol's messages.</summary>
    public bool CanCarry(HubProtocol protocol) => !protocol.IsBinary || _outbox.TakesBinary;

    /// <summary>Sends a ping, unless the socket is full, when a ping would be pointless.</summary>
    public void Ping(HubProtocol protocol)
    {
        if (!_outbox.IsBlocked && _outbox.TakesPings)
        {
            Post(Frames.Ping(protocol));
        }
    }

    /// <summary>Closes the connection: sends the queued frames, then a hub close message, then the transport's own end.</summary>
    /// <param name="reason">The reason, for logs and counts.</param>
    /// <param name="error">The error in the close message; null for none.</param>
    /// <param name="upstreamError">The error in the upstream's disconnected event; null for none.</param>
    public void Close(CloseReason reason, string? error, string? upstreamError = null)
    {
        if (TryStartClosing(reason, upstreamError) && !EndIfSuspended())
        {
            _outbox.Close(CloseFrame(reason, error), discardQueued: false);
        }
    }

    /// <summary>Gets a value that indicates whether another node has reported the connection's end to the upstream.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>
    /// Closes a connection whose end another node has reported to the upstream. No event follows, and the client may reconnect.
    /// </summary>
    public void GiveUp(string error)
    {
        IsGivenUp = true;
        Close(CloseReason.NodeGivenUp, error);
    }

    /// <summary>Ends a connection whose handshake has failed.</summary>
    public void RefuseHandshake(string error, CloseReason reason = CloseReason.HandshakeFailed)
    {
        if (TryStartClosing(reason, error))
        {
            _outbox.Close(Frames.HandshakeRefused(error), discardQueued: false);
        }
    }

    /// <summary>Closes a connection that the client ends. Only the transport's end is written.</summary>
    public void CloseByClient(string? error = null)
    {
        if (TryStartClosing(CloseReason.ClosedByClient, error))
        {
            _outbox.Close(null, discardQueued: false);
        }
    }

    /// <summary>Ends the transport at once.</summary>
    public void Abort(CloseReason reason, string? upstreamError)
    {
        TryStartClosing(reason, upstreamError);
        EndIfSuspended();
        _outbox.Abandon();
        _abort();
        SignalOutputEnd();
    }

    /// <summary>Records that the transport has ended by itself. No more frames are written.</summary>
    public void Ended()
    {
        TryStartClosing(CloseReason.TransportLost, null);
        _outbox.Abandon();
        HasEnded = true;
        Volatile.Read(ref _calls)?.End();
    }

    /// <summary>Completes the server's call that the client has answered. A client without calls allocates nothing for them.</summary>
    public void Answered(HubProtocol protocol, in HubMessage completion) => Volatile.Read(ref _calls)?.Complete(protocol, in completion);

    /// <summary>Returns true when a closing connection has exceeded <see cref="CloseGrace"/>.</summary>
    public bool IsOverdue(long now) => Volatile.Read(ref _closing) is { } closing && now >= closing.Deadline;

    /// <summary>Returns a task that completes when the transport's end is written, or the transport is lost.</summary>
    public Task WaitForOutputEndAsync()
    {
        var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _outputEnded, created, null) ?? created).Task;
    }

    // Null before the handshake. A diagnostic client that reconnected would start another trace
    // (docs/contract/limits-and-metering.md#diagnostic-logs).
    private Frame? CloseFrame(CloseReason reason, string? error) => Protocol is { } protocol
        ? Frames.Close(protocol, error, reason.AllowsReconnect() && Kind != ConnectionKind.Diagnostic)
        : null;

    /// <summary>Drops the outbox and closes the connection, because the node is short of memory.</summary>
    public void CloseForRoom() => CloseWithoutBacklog(
        CloseReason.NodeFull, "The connection was closed because the node has no memory left for its messages. Connect again.");

    private void CloseAsSlow() => CloseWithoutBacklog(
        CloseReason.SlowClient, "The connection was closed because messages were not read fast enough.");

    private void CloseWithoutBacklog(CloseReason reason, string error)
    {
        if (TryStartClosing(reason, error) && !EndIfSuspended())
        {
            // The socket may be full: the close message arrives only if the client starts to read within the grace period.
            _outbox.Close(CloseFrame(reason, error), discardQueued: true);
        }
    }

    private bool TryStartClosing(CloseReason reason, string? upstreamError)
    {
        if (IsClosing)
        {
            return false;
        }

        var deadline = _time.GetTimestamp() + (long)(CloseGrace.TotalSeconds * _time.TimestampFrequency);
        return Interlocked.CompareExchange(ref _closing, new Closing(reason, upstreamError, deadline), null) is null;
    }

    private void OnOutboxEnded(Exception? exception)
    {
        if (exception is not null && _resumption is not null && !IsClosing)
        {
            // The reader sees that the transport has ended, and keeps the connection for its client's return.
            _abort();
            return;
        }

        if (exception is not null)
        {
            Abort(CloseReason.TransportLost, "The connection to the client was lost.");
        }

        SignalOutputEnd();
    }

    private static TaskCompletionSource CreateEnded()
    {
        var ended = new TaskCompletionSource();
        ended.SetResult();
        return ended;
    }

    private void SignalOutputEnd()
    {
        if (Interlocked.CompareExchange(ref _outputEnded, AlreadyEnded, null) is { } waiting)
        {
            waiting.TrySetResult();
        }
    }

    // The reason and the deadline, published together, so that no thread sees half of them.
    private sealed record Closing(CloseReason Reason, string? UpstreamError, long Deadline);
}
