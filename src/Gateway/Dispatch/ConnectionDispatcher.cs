using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Observability.Spans;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch;

/// <summary>
/// One connection's way upstream: <c>connected</c> first, then its messages, one call at a time and in order, <c>disconnected</c>
/// last. It owns no task while nothing is under way.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing that must be disposed of.")]
internal sealed class ConnectionDispatcher : IHubWay
{
    private readonly Lock _gate = new();
    private readonly ClientConnection _connection;
    private readonly HubDispatcher _hub;
    private readonly UpstreamSender _sender;

    // All below under _gate, but for the turn, which only the reader makes.
    private Queue<PendingCall>? _waiting;
    private int _waitingBytes;
    private bool _running;
    private TaskCompletionSource? _room;
    private Dictionary<string, StreamCall>? _streams;
    private SemaphoreSlim? _streamTurn;

    // Written by the running call only.
    private string? _whyOver;
    private int _sequence;

    // What the spans of its calls are linked to; null if there is nothing.
    private volatile ActivityLink[]? _links;

    public ConnectionDispatcher(ClientConnection connection, HubDispatcher hub, UpstreamSender sender)
    {
        _connection = connection;
        _hub = hub;
        _sender = sender;
    }

    public void Take(HubProtocol protocol, in HubMessage message) => HubDispatcher.Dispatch(this, protocol, in message);

    /// <summary>Tells the upstream that the connection is here. The first call, before any message.</summary>
    /// <param name="after">What the call and all others wait for; null for nothing.</param>
    public void Connected(Task? after)
    {
        var call = PendingCall.ForEvent(UpstreamCategories.Connected, UpstreamBodies.ConnectedBody, after);
        call.Activity = InvocationSpans.StartEvent(_connection, UpstreamCategories.Connected, links: null);
        _links = InvocationSpans.LinkTo(call.Activity);
        Enqueue(call);
    }

    /// <summary>Puts an invocation in line; its bytes are copied.</summary>
    public void Invoke(HubProtocol protocol, in HubMessage invocation) => Invoke(protocol, in invocation, stream: null);

    /// <summary>Puts a stream invocation in line; its bytes are copied.</summary>
    public void InvokeStream(HubProtocol protocol, in HubMessage invocation)
    {
        _streamTurn ??= new SemaphoreSlim(1);
        var stream = new StreamCall(_connection, _streamTurn, protocol, invocation.InvocationId!, _hub.Queued);
        if (Refusal(stream) is { } error)
        {
            _connection.Send(Frames.Error(protocol, stream.InvocationId, error));
            Unsupported(invocation.Target!, error);
            return;
        }

        Invoke(protocol, in invocation, stream);
    }

    /// <summary>The client no longer wants a stream; an unknown id is ignored.</summary>
    public void CancelStream(string? invocationId)
    {
        StreamCall? stream = null;
        lock (_gate)
        {
            if (invocationId is not null)
            {
                _streams?.TryGetValue(invocationId, out stream);
            }
        }

        stream?.Cancel();
    }

    /// <summary>Ends without a word to the upstream: another node has told it.</summary>
    public void GiveUp()
    {
        WhyOver = UndeliveredEvents.NodeGivenUp;
        CancelStreams();
    }

    /// <summary>Tells the upstream that the connection is gone, after everything that waits. The last call; streams end at once.</summary>
    public void Disconnected(string? error)
    {
        CancelStreams();
        var call = PendingCall.ForEvent(UpstreamCategories.Disconnected, UpstreamBodies.Disconnected(error));
        call.Activity = InvocationSpans.StartEvent(_connection, UpstreamCategories.Disconnected, _links);
        Enqueue(call);
    }

    private void CancelStreams()
    {
        StreamCall[] open;
        lock (_gate)
        {
            open = _streams is null ? [] : [.. _streams.Values];
        }

        foreach (var stream in open)
        {
            stream.Cancel();
        }
    }

    /// <summary>
    /// Null while there is room for more messages; otherwise a task that ends when there is. The reader waits for it, so that a
    /// client that sends faster than its upstream answers is slowed by its own socket and loses nothing.
    /// </summary>
    public Task? WaitForRoom()
    {
        lock (_gate)
        {
            return _waitingBytes <= _hub.QueueBytes
                ? null
                : (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public bool HasCallsInLine
    {
        get
        {
            lock (_gate)
            {
                return _waitingBytes > 0;
            }
        }
    }

    /// <summary>The client asked for what there is not.</summary>
    internal void Unsupported(string target, string why) => _hub.NotForwarded(_connection, target, UndeliveredEvents.Unsupported, why);

    /// <summary>The client called a method by a name that is longer than hosts accept. Its later calls are not affected.</summary>
    internal void RefuseTarget(HubProtocol protocol, in HubMessage invocation)
    {
        var target = invocation.Target!;
        var error = $"Invocation failed, the method's name has {target.Length} characters. The limit is {HubMessageLimits.TargetLength}.";
        if (invocation.InvocationId is { } id)
        {
            _connection.Send(Frames.Error(protocol, id, error));
        }

        _hub.NotForwarded(_connection, target[..HubMessageLimits.TargetLength], UndeliveredEvents.TooLarge, error);
    }

    /// <summary>A stream counts no longer. Does nothing the second time.</summary>
    internal void StreamEnded(StreamCall stream)
    {
        lock (_gate)
        {
            // The client may have opened another stream of this name since.
            if (_streams!.TryGetValue(stream.InvocationId, out var open) && open == stream)
            {
                _streams.Remove(stream.InvocationId);
                _hub.UserStreams.Close(_connection);
            }
        }
    }

    private string? Refusal(StreamCall stream)
    {
        lock (_gate)
        {
            _streams ??= [];
            if (_streams.Count >= _hub.MaxStreams)
            {
                return $"Invocation failed, the connection has {_streams.Count} open streams already. The limit is set by Gateway:Upstream:MaxStreams.";
            }

            if (_streams.ContainsKey(stream.InvocationId))
            {
                return $"Invocation ID '{stream.InvocationId}' is already in use.";
            }

            if (!_hub.UserStreams.TryOpen(_connection))
            {
                return $"Invocation failed, the user has {_hub.UserStreams.Limit} open streams on this node already. "
                    + "The limit is set by Gateway:Upstream:MaxStreamsPerUser.";
            }

            _streams.Add(stream.InvocationId, stream);
            return null;
        }
    }

    private void Invoke(HubProtocol protocol, in HubMessage invocation, StreamCall? stream)
    {
        var call = PendingCall.ForInvocation(protocol, in invocation, stream);
        call.Activity = InvocationSpans.Start(_connection, protocol, in invocation, _links);
        Enqueue(call);
    }

    private void Enqueue(PendingCall call)
    {
        call.Time = _hub.TimeOfEvent();
        _hub.Accepted(call);
        if (_hub.Trace.IsOn)
        {
            call.TraceNumber = CallLiveTrace.Received(_hub.Trace, _connection, call);
        }

        lock (_gate)
        {
            if (_running)
            {
                (_waiting ??= new Queue<PendingCall>()).Enqueue(call);
                _waitingBytes += call.Cost;
                return;
            }

            _running = true;
        }

        _ = RunAsync(call);
    }

    private async Task RunAsync(PendingCall? call)
    {
        if (GatewaySpans.IsOn)
        {
            // The HTTP request that brought the call, if one did, has no part in those that follow.
            Activity.Current = null;
        }

        _hub.CallStarted();
        try
        {
            while (call is not null)
            {
                await _hub.CallAsync(this, call);
                call = Next();
            }
        }
        finally
        {
            _hub.CallEnded();
        }
    }

    private PendingCall? Next()
    {
        TaskCompletionSource? room = null;
        PendingCall? call = null;
        lock (_gate)
        {
            if (_waiting is null || !_waiting.TryDequeue(out call))
            {
                _waiting = null;
                _running = false;
            }
            else
            {
                _waitingBytes -= call.Cost;
            }

            if (_room is not null && _waitingBytes <= _hub.QueueBytes)
            {
                room = _room;
                _room = null;
            }
        }

        room?.SetResult();
        return call;
    }

    /// <summary>The connection this is the way of.</summary>
    internal ClientConnection Connection => _connection;

    /// <summary>The unchanging part of its requests.</summary>
    internal UpstreamSender Sender => _sender;

    /// <summary>The place of the next event, from 1.</summary>
    internal int NextSequence() => ++_sequence;

    /// <summary>Why nothing more of the connection goes upstream, no disconnected event either: a reason of undelivered events; null while it does.</summary>
    internal string? WhyOver
    {
        get => _whyOver;
        set => _whyOver = value;
    }
}
