using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Dispatch.Answers;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Delivery;
using Serverless.Gateway.Upstream.Telemetry;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>Makes upstream calls, and turns each outcome into the completion that the client gets.</summary>
internal sealed class UpstreamCalls(
    UpstreamDelivery upstream, CallLedger ledger, CallLoad load, CallTelemetry telemetry, IOptions<UpstreamOptions> options)
{
    private readonly OnConnectedFailure _onConnectedFailure = options.Value.OnConnectedFailure;

    /// <summary>Makes one call. Completes when the connection's next call may begin: for a stream, when its answer begins. Throws nothing.</summary>
    public ValueTask MakeAsync(Caller caller, PendingCall call)
    {
        if (call.Stream is not { } stream)
        {
            return RunAsync(caller, call);
        }

        _ = RunStreamAsync(caller, call);
        return new ValueTask(stream.Head);
    }

    // Its items are sent beside the connection's later calls.
    private async Task RunStreamAsync(Caller caller, PendingCall call)
    {
        load.Started();
        try
        {
            await RunAsync(caller, call);
        }
        finally
        {
            load.Stopped();
        }
    }

    // Throws nothing.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunAsync(Caller caller, PendingCall call)
    {
        // The HTTP client may still read the buffer of a request that was cut off: that buffer is left to the garbage collector.
        var isBodyUnused = true;
        using var span = CallTelemetry.Enter(call);
        try
        {
            // :: Step 1: may the call go upstream
            if (caller.WhyOver is not null)
            {
                telemetry.NotForwarded(caller, call);
                return;
            }

            if (call.After is { } after)
            {
                await after;
            }

            if (!await ledger.TryPrepareAsync(caller, call))
            {
                caller.WhyOver = UndeliveredEvents.NodeGivenUp;
                return;
            }

            // :: Step 2: send it
            using var outcome = await SendAsync(caller, call);
            isBodyUnused = outcome.Result == UpstreamResult.Answered;
            CallTelemetry.Ended(call, in outcome);
            CallMetering.Add(caller, call, in outcome);

            // :: Step 3: act on the outcome
            if (call.IsConnected)
            {
                ActOnConnected(caller, in outcome);
            }
            else
            {
                Complete(caller, call, in outcome);
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            isBodyUnused = false;
            telemetry.Failed(caller, call, exception);
            if (call.InvocationId is { } id && caller.Connection is { Protocol: { } protocol } connection)
            {
                connection.Send(Frames.Error(protocol, id, "Invocation failed, status code 500"));
            }
        }
        finally
        {
            call.Stream?.OnHead();
            call.Stream?.Leave();
            ledger.Completed(caller, call);
            load.Ended(call);
            if (isBodyUnused)
            {
                call.Release();
            }
        }
    }

    private ValueTask<UpstreamOutcome> SendAsync(Caller caller, PendingCall call) => upstream.SendAsync(
        new UpstreamCall(caller.Sender, call.Category, call.EventName, call.Body, call.ContentType)
        {
            WantsBody = call is { InvocationId: not null, Stream: null },
            Reader = call.Stream,
            Mark = new EventMark(caller.NextSequence(), call.Time, telemetry.TracingIdOf(call)),
        });

    private void Complete(Caller caller, PendingCall call, in UpstreamOutcome outcome)
    {
        if (call.InvocationId is not { } id || caller.Connection is not { Protocol: { } protocol } connection)
        {
            return;
        }

        var about = DetailOf(caller, call, in outcome);
        if (call.Stream is { } stream)
        {
            // Before the client learns of the end, as it may then open another stream.
            stream.Leave();
            stream.End(in outcome, about);
        }
        else
        {
            connection.Send(CompletionFrames.From(protocol, id, in outcome, about));
        }

        telemetry.CompletionSent(caller, call, in outcome);
    }

    // The service's text names neither method nor template; the app's negotiate decides which clients may know more.
    private string? DetailOf(Caller caller, PendingCall call, in UpstreamOutcome outcome) =>
        caller.Connection.Identity.DetailedErrors && outcome is not { Result: UpstreamResult.Answered, Status: 200 or 204 }
            ? upstream.About(caller.Sender.Hub, call.Category, call.EventName)
            : null;

    private void ActOnConnected(Caller caller, in UpstreamOutcome outcome)
    {
        if (outcome.Status is 401 or 403)
        {
            caller.WhyOver = UndeliveredEvents.ConnectionRefused;
            caller.Connection.Close(
                CloseReason.RefusedByUpstream,
                $"Connection refused by the upstream, status code {outcome.Status}.");
        }
        else if (!outcome.IsSuccess
            && outcome.Status != 404
            && outcome.Result != UpstreamResult.NoTemplate
            && _onConnectedFailure == OnConnectedFailure.Close)
        {
            caller.Connection.Close(CloseReason.UpstreamFailed, "Connection closed because its upstream failed.");
        }
    }
}
