using System.Diagnostics.CodeAnalysis;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Dispatch.Ways;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.InProcess;

/// <summary>A viewer's way: the gateway itself answers its invocations, in parallel.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing that must be disposed of.")]
internal sealed class InProcessWay(ClientConnection connection, GatewayMethods methods) : IHubWay
{
    private const int MaxCalls = 64;
    private const int MaxArgumentBytes = 64 * 1024;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly HashSet<GatewayCall> _calls = [];

    public void Take(HubProtocol protocol, in HubMessage message)
    {
        switch (message.Type)
        {
            case HubMessageType.Invocation or HubMessageType.StreamInvocation:
                Start(protocol, in message);
                break;
            case HubMessageType.CancelInvocation:
                Cancel(message.InvocationId);
                break;
            case HubMessageType.Ping:
                connection.HasPinged = true;
                break;
            case HubMessageType.Close:
                connection.CloseByClient(message.Error);
                break;
            default:
                // The gateway invokes no method of a viewer, so it expects no completion.
                break;
        }
    }

    public void Connected(Task? after)
    {
        // No upstream learns of viewers.
    }

    public void Disconnected(string? error) => GiveUp();

    public void GiveUp()
    {
        GatewayCall[] open;
        lock (_gate)
        {
            open = [.. _calls];
        }

        foreach (var call in open)
        {
            call.Cancel();
        }
    }

    public bool HasCallsInLine => false;

    // The number of calls bounds a viewer's demand.
    public Task? WaitForRoom() => null;

    private void Start(HubProtocol protocol, in HubMessage message)
    {
        if (message.Arguments.Length > MaxArgumentBytes || message.Target!.Length > HubMessageLimits.TargetLength)
        {
            if (message.InvocationId is { } id)
            {
                connection.Send(Frames.Error(
                    protocol, id, $"The gateway's methods have names of up to {HubMessageLimits.TargetLength} characters and take {MaxArgumentBytes} bytes of arguments."));
            }

            return;
        }

        var call = new GatewayCall(connection, _turn, protocol, in message);
        if (message.HasStreamIds)
        {
            call.Complete("The gateway's methods take no streams.");
            return;
        }

        bool isTaken;
        lock (_gate)
        {
            isTaken = _calls.Count < MaxCalls
                && (call.Id is null || !_calls.Any(other => other.Id == call.Id))
                && _calls.Add(call);
        }

        if (isTaken)
        {
            _ = RunAsync(call);
        }
        else
        {
            call.Complete($"The invocation id is in use, or {MaxCalls} calls are open already.");
        }
    }

    private async Task RunAsync(GatewayCall call)
    {
        await methods.RunAsync(call);
        lock (_gate)
        {
            _calls.Remove(call);
        }
    }

    private void Cancel(string? id)
    {
        GatewayCall? call;
        lock (_gate)
        {
            call = _calls.FirstOrDefault(one => one.Id is not null && one.Id == id);
        }

        call?.Cancel();
    }
}
