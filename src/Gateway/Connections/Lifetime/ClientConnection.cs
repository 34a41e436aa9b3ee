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
/// One client that is here: who it is, how it is written to, and when it was last heard. Made by a transport, found by the routing.
/// </summary>
internal sealed partial class ClientConnection
{
    /// <summary>A client that was told to close, or is closing, is cut off after this time.</summary>
    public static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(5);

    private static readonly TaskCompletionSource AlreadyEnded = CreateEnded();

    private readonly TimeProvider _time;
    private Action _abort;
    private readonly Outbox _outbox;
    private TaskCompletionSource? _outputEnded;
    private Closing? _closing;
    private ClientCalls? _calls;

    /// <param name="id">The public id.</param>
    /// <param name="hub">The hub it connected to.</param>
    /// <param name="identity">What its token says.</param>
    /// <param name="clientQuery">What goes upstream as <c>X-ASRS-Client-Query</c>; null if empty.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="meter">Its hub's.</param>
    /// <param name="workers">Who drains the outbox.</param>
    /// <param name="output">The transport's writing side.</param>
    /// <param name="abort">Ends the transport at once; safe to call many times, from any thread.</param>
    public ClientConnection(
        string id,
        HubName hub,
        ClientIdentity identity,
        string? clientQuery,
        ClientOptions options,
        TimeProvider time,
        HubMeter meter,
        DrainWorkers workers,
        IConnectionOutput output,
        Action abort)
    {
        Id = id;
        Hub = hub;
        Identity = identity;
        ClientQuery = clientQuery;
        Meter = meter;
        _time = time;
        _abort = abort;
        _outbox = new Outbox(workers, output, options.OutboxBytes, OnOutboxEnded, meter.ToClients);
        StartedAt = LastHeardAt = LastPingAt = time.GetTimestamp();
    }

    public string Id { get; }

    public HubName Hub { get; }

    public ClientIdentity Identity { get; }

    public string? ClientQuery { get; }

    public string? UserId => Identity.UserId;

    /// <summary>Counts what its hub uses.</summary>
    public HubMeter Meter { get; }

    /// <summary>What it is counted as.</summary>
    public ConnectionKind Kind { get; init; }

    /// <summary>Messages of the client, housekeeping aside.</summary>
    public long MessagesReceived { get; private set; }

    /// <summary>Bytes of all messages of the client.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Messages that the transport has taken for the client, housekeeping aside.</summary>
    public long MessagesSent => _outbox.Messages;

    /// <summary>Bytes that the transport has taken for the client.</summary>
    public long BytesSent => _outbox.Bytes;

    /// <summary>The negotiated hub protocol; null until the handshake.</summary>
    public HubProtocol? Protocol { get; set; }

    /// <summary>The transport has ended.</summary>
    private bool HasEnded { get => Volatile.Read(ref field); set => Volatile.Write(ref field, value); }

    /// <summary>What carries it.</summary>
    public ClientTransports Transport { get; init; }

    /// <summary>Where its requests come from: the client itself, or the last proxy; null where nobody knows.</summary>
    public IPAddress? Ip { get; init; }

    /// <summary>How long it has been here.</summary>
    public TimeSpan Age => _time.GetElapsedTime(StartedAt);

    /// <summary>Clock reading when the transport started.</summary>
    public long StartedAt { get; }

    /// <summary>Clock reading of the last whole inbound message.</summary>
    public long LastHeardAt { get; private set; }

    /// <summary>Clock reading of the last ping sent.</summary>
    public long LastPingAt { get; set; }

    /// <summary>The client has pinged, so that its silence means something.</summary>
    public bool HasPinged { get; set; }

    /// <summary>Reading is held back because messages wait for the upstream; silence means nothing meanwhile.</summary>
    public bool ReadingHeld { get; set; }

    /// <summary>Bytes of memory that hold a message whose end has not come yet. Written by the reader.</summary>
    public int UnfinishedBytes { get => Volatile.Read(ref field); set => Volatile.Write(ref field, value); }

    /// <summary>Bytes that closing it would release: its unfinished message, and what waits for it where it does not read.</summary>
    public long ReleasableBytes => (long)UnfinishedBytes + (IsBlocked ? _outbox.BytesHeld : 0);

    /// <summary>What the client sends releases something here: acknowledgements, and answers to the server's calls.</summary>
    public bool IsAwaited => Volatile.Read(ref _calls) is { IsEmpty: false } || (_resumption is not null && _outbox.HasUnacked);

    /// <summary>Bytes that wait for it.</summary>
    public int BytesWaiting => _outbox.BytesWaiting;

    /// <summary>Its socket takes no bytes.</summary>
    public bool IsBlocked => _outbox.IsBlocked;

    /// <summary>The groups this connection is in; changed by <c>HubConnections</c> only.</summary>
    public GroupMembership Groups { get; } = new();

    /// <summary>The server's calls that it has yet to answer.</summary>
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

    /// <summary>Why it is closing or closed; the first reason counts.</summary>
    public CloseReason CloseReason => Volatile.Read(ref _closing)?.Reason ?? CloseReason.None;

    /// <summary>
    /// The text for the upstream's disconnected event; null when nothing went wrong (docs/contract/upstream-requests.md#disconnected-request).
    /// </summary>
    public string? Error => Volatile.Read(ref _closing)?.UpstreamError;

    /// <summary>True from the first call of a closing method on.</summary>
    public bool IsClosing => Volatile.Read(ref _closing) is not null;

    /// <summary>Marks that a whole message came in.</summary>
    public void Heard() => LastHeardAt = _time.GetTimestamp();

    /// <summary>Counts what came in by one read.</summary>
    public void Received(int messages, int bytes)
    {
        MessagesReceived += messages;
        BytesReceived += bytes;
        Meter.FromClients.Add(new Traffic(messages, 0, bytes));
    }

    /// <summary>Sends on this thread if the outbox is idle.</summary>
    public void Send(Frame frame)
    {
        if (_outbox.Send(frame) == OutboxResult.Overflow)
        {
            CloseAsSlow();
        }
    }

    /// <summary>Sends the answer to the handshake, as soon as <paramref name="between"/> has run and before anything else.</summary>
    public ValueTask SendFirstAsync(Frame first, Func<ValueTask> between) => _outbox.SendFirstAsync(first, between);

    /// <summary>Leaves sending to the drain workers; the caller wakes them.</summary>
    public void Post(Frame frame)
    {
        if (_outbox.Post(frame) == OutboxResult.Overflow)
        {
            CloseAsSlow();
        }
    }

    /// <summary>Sends what can wait, unless the client is behind: false, and what to wait for before the next try.</summary>
    public bool TrySend(Frame frame, [NotNullWhen(false)] out Task? room) => _outbox.TrySend(frame, out room);

    /// <summary>Whether its transport carries a protocol's messages.</summary>
    public bool CanCarry(HubProtocol protocol) => !protocol.IsBinary || _outbox.TakesBinary;

    /// <summary>Sends a ping unless the socket is full: it would say nothing then.</summary>
    public void Ping(HubProtocol protocol)
    {
        if (!_outbox.IsBlocked && _outbox.TakesPings)
        {
            Post(Frames.Ping(protocol));
        }
    }

    /// <summary>Ends the connection in order: what is queued, then a hub close message, then the transport's own end.</summary>
    /// <param name="reason">Why, for logs and counts.</param>
    /// <param name="error">What the client is told; null for nothing.</param>
    /// <param name="upstreamError">What the upstream's disconnected event says.</param>
    public void Close(CloseReason reason, string? error, string? upstreamError = null)
    {
        if (TryStartClosing(reason, upstreamError) && !EndIfSuspended())
        {
            _outbox.Close(CloseFrame(reason, error), discardQueued: false);
        }
    }

    /// <summary>Whether the upstream has heard of its end from another node.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Others have told the upstream that it is gone: it ends without another word there, and its client may come back.</summary>
    public void GiveUp(string error)
    {
        IsGivenUp = true;
        Close(CloseReason.NodeGivenUp, error);
    }

    /// <summary>Ends a connection that never got through its handshake.</summary>
    public void RefuseHandshake(string error, CloseReason reason = CloseReason.HandshakeFailed)
    {
        if (TryStartClosing(reason, error))
        {
            _outbox.Close(Frames.HandshakeRefused(error), discardQueued: false);
        }
    }

    /// <summary>The client is leaving in order: nothing more is written but the transport's end.</summary>
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

    /// <summary>The transport has ended by itself: nothing is written any more.</summary>
    public void Ended()
    {
        TryStartClosing(CloseReason.TransportLost, null);
        _outbox.Abandon();
        HasEnded = true;
        Volatile.Read(ref _calls)?.End();
    }

    /// <summary>A client answered a call of the server's; most never do, and pay nothing for it.</summary>
    public void Answered(HubProtocol protocol, in HubMessage completion) => Volatile.Read(ref _calls)?.Complete(protocol, in completion);

    /// <summary>True when a closing connection has had its time.</summary>
    public bool IsOverdue(long now) => Volatile.Read(ref _closing) is { } closing && now >= closing.Deadline;

    /// <summary>Waits until the transport's end is written, or the transport is gone.</summary>
    public Task WaitForOutputEndAsync()
    {
        var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _outputEnded, created, null) ?? created).Task;
    }

    // Null before the handshake. A diagnostic client that came back would be another trace (docs/contract/limits-and-metering.md#diagnostic-logs).
    private Frame? CloseFrame(CloseReason reason, string? error) => Protocol is { } protocol
        ? Frames.Close(protocol, error, reason.AllowsReconnect() && Kind != ConnectionKind.Diagnostic)
        : null;

    /// <summary>The node is short of memory: drops what waits for the client and closes it.</summary>
    public void CloseForRoom() => CloseWithoutBacklog(
        CloseReason.NodeFull, "The connection was closed because the node has no memory left for its messages. Connect again.");

    private void CloseAsSlow() => CloseWithoutBacklog(
        CloseReason.SlowClient, "The connection was closed because messages were not read fast enough.");

    private void CloseWithoutBacklog(CloseReason reason, string error)
    {
        if (TryStartClosing(reason, error) && !EndIfSuspended())
        {
            // The socket may be full: a close message gets through only if the client starts to read within the grace.
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
            // The reader finds the transport ended, and keeps the connection for its client's return.
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

    // Why and until when; published as one, so that nobody sees half of it.
    private sealed record Closing(CloseReason Reason, string? UpstreamError, long Deadline);
}
