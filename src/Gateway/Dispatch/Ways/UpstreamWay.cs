using System.Diagnostics;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Dispatch.Calls;
using Serverless.Gateway.Dispatch.Streams;
using Serverless.Gateway.Observability.Spans;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Ways;

/// <summary>
/// One connection's way upstream (docs/contract/hub-protocol.md#client-messages-in-serverless-mode): its queue of calls and their order.
/// <c>connected</c> is first, then its messages, one call at a time and in order; <c>disconnected</c> is last. It owns no task while no
/// call is under way.
/// </summary>
internal sealed class UpstreamWay(Caller caller, WayServices services) : IHubWay
{
    private const string UploadUnsupported = "Invocation failed, streams from the client are not supported in serverless mode.";

    private readonly Lock _gate = new();

    // Under _gate.
    private Queue<PendingCall>? _waiting;
    private int _waitingBytes;
    private bool _running;
    private TaskCompletionSource? _room;

    // Created by the reader with the first stream.
    private ConnectionStreams? _streams;

    public void Take(HubProtocol protocol, in HubMessage message)
    {
        var connection = caller.Connection;
        switch (message.Type)
        {
            case HubMessageType.Invocation or HubMessageType.StreamInvocation when message.Target!.Length > HubMessageLimits.TargetLength:
                RefuseTarget(protocol, in message);
                break;
            case HubMessageType.Invocation when !message.HasStreamIds:
                Invoke(protocol, in message);
                break;
            case HubMessageType.StreamInvocation when !message.HasStreamIds && message.InvocationId is not null:
                InvokeStream(protocol, in message);
                break;
            case HubMessageType.Invocation:
            case HubMessageType.StreamInvocation:
                Refuse(protocol, in message, UploadUnsupported);
                break;
            case HubMessageType.CancelInvocation:
                _streams?.Cancel(message.InvocationId);
                break;
            case HubMessageType.Completion:
                connection.Answered(protocol, in message);
                break;
            case HubMessageType.Ping:
                connection.HasPinged = true;
                break;
            case HubMessageType.Close:
                connection.CloseByClient(message.Error);
                break;
            default:
                // Items of streams without a reader, and unknown types: both peers ignore them.
                break;
        }
    }

    public void Connected(Task? after)
    {
        var call = PendingCall.ForEvent(UpstreamCategories.Connected, UpstreamBodies.ConnectedBody, after);
        services.Telemetry.Received(caller, call);
        Enqueue(call);
    }

    public void Disconnected(string? error)
    {
        _streams?.CancelAll();
        var call = PendingCall.ForEvent(UpstreamCategories.Disconnected, UpstreamBodies.Disconnected(error));
        services.Telemetry.Received(caller, call);
        Enqueue(call);
    }

    public void GiveUp()
    {
        caller.WhyOver = UndeliveredEvents.NodeGivenUp;
        _streams?.CancelAll();
    }

    /// <remarks>A client that sends faster than its upstream answers is slowed by its own socket, and loses nothing.</remarks>
    public Task? WaitForRoom()
    {
        lock (_gate)
        {
            return _waitingBytes <= services.QueueBytes
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

    private void InvokeStream(HubProtocol protocol, in HubMessage invocation)
    {
        _streams ??= new ConnectionStreams(caller.Connection, services.Streams);
        if (_streams.TryOpen(protocol, invocation.InvocationId!, out var error) is { } stream)
        {
            Invoke(protocol, in invocation, stream);
        }
        else
        {
            Refuse(protocol, in invocation, error!);
        }
    }

    private void Invoke(HubProtocol protocol, in HubMessage invocation, StreamCall? stream = null)
    {
        var call = PendingCall.ForInvocation(protocol, in invocation, stream);
        services.Telemetry.Received(caller, call, protocol, in invocation);
        Enqueue(call);
    }

    private void Refuse(HubProtocol protocol, in HubMessage invocation, string error)
    {
        Answer(protocol, in invocation, error);
        services.Telemetry.Refused(caller.Connection, invocation.Target!, UndeliveredEvents.Unsupported, error);
    }

    // The name is longer than hosts accept. The client's later calls are not affected.
    private void RefuseTarget(HubProtocol protocol, in HubMessage invocation)
    {
        var target = invocation.Target!;
        var error = $"Invocation failed, the method's name has {target.Length} characters. The limit is {HubMessageLimits.TargetLength}.";
        Answer(protocol, in invocation, error);
        services.Telemetry.Refused(caller.Connection, target[..HubMessageLimits.TargetLength], UndeliveredEvents.TooLarge, error);
    }

    private void Answer(HubProtocol protocol, in HubMessage invocation, string error)
    {
        if (invocation.InvocationId is { } id)
        {
            caller.Connection.Send(Frames.Error(protocol, id, error));
        }
    }

    private void Enqueue(PendingCall call)
    {
        call.Time = services.TimeOfEvent();
        services.Load.Accepted(call);
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
            // The HTTP request that brought the first call, if there was one, is not the parent of the calls after it.
            Activity.Current = null;
        }

        services.Load.Started();
        try
        {
            while (call is not null)
            {
                await services.Calls.MakeAsync(caller, call);
                call = Next();
            }
        }
        finally
        {
            services.Load.Stopped();
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

            if (_room is not null && _waitingBytes <= services.QueueBytes)
            {
                room = _room;
                _room = null;
            }
        }

        room?.SetResult();
        return call;
    }
}
