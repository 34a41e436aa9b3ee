using System.IO.Pipelines;
using Azure;
using Serverless.Hubs.Dispatch;
using Serverless.Hubs.Execution;
using Serverless.Hubs.Registration;
using Serverless.Protocol;

namespace Serverless.Hubs;

// Calls of hub methods: checks, run, answer in one piece or as a stream.
public sealed partial class UpstreamDispatcher
{
    private async Task<UpstreamResponse> CallAsync(
        IServerlessHub hub, Caller caller, HubProtocol protocol, ReadOnlyMemory<byte> body, string eventName)
    {
        // Before the body is read: a method that does not exist is 404 whatever the body is.
        if (!hub.Methods.Contains(eventName))
        {
            return NoHandler(hub.Name, UpstreamCategories.Messages, eventName);
        }

        CallMessage message;
        try
        {
            message = CallMessage.Read(protocol, body);
        }
        catch (HubProtocolException malformed)
        {
            return UpstreamResponse.Error(400, malformed.Message);
        }

        if (!Same(message.Target, eventName))
        {
            return UpstreamResponse.Error(400, $"The body's target does not match the header {UpstreamHeaders.Event}.");
        }

        if (message.Framed.Length > hub.MaxMessageBytes)
        {
            return UpstreamResponse.Error(413, $"The message is larger than {hub.MaxMessageBytes} bytes, the hub's HubOptions.MaximumReceiveMessageSize.");
        }

        if (await RefusalAsync(hub, caller) != 0)
        {
            Log.CallRefused(_logger, hub.Name, message.Target, caller.ConnectionId, "not authorized");
            return Refused(protocol, message, $"Failed to invoke '{message.Target}' because user is unauthorized");
        }

        if (!hub.Runner.Supports(protocol))
        {
            Log.CallRefused(_logger, hub.Name, message.Target, caller.ConnectionId, "protocol not supported");
            return Refused(protocol, message, $"The protocol '{protocol.Name}' is not supported.");
        }

        if (message is { IsStream: true, InvocationId: not null })
        {
            return UpstreamResponse.Stream(output => StreamAsync(hub, caller, protocol, message, output));
        }

        var (run, completion) = await hub.Runner.CallAsync(caller, protocol, message.Framed, items: null);
        LogFaults(hub, message.Target, caller, run);
        if (run.Failure is { } failure)
        {
            return Refused(protocol, message, ErrorText(message, hub.EnableDetailedErrors ? failure : null));
        }

        await CloseIfAbortedAsync(hub, caller, run);
        return message.InvocationId is null || run.IsAborted ? UpstreamResponse.Empty
            : completion.IsEmpty ? Refused(protocol, message, ErrorText(message))
            : UpstreamResponse.Completion(completion);
    }

    private static UpstreamResponse Refused(HubProtocol protocol, CallMessage message, string error)
    {
        if (message.InvocationId is null)
        {
            return UpstreamResponse.Empty;
        }

        var output = new System.Buffers.ArrayBufferWriter<byte>();
        protocol.WriteError(output, message.InvocationId, error);
        return UpstreamResponse.Completion(output.WrittenMemory);
    }

    // The framework's text for an exception in a method.
    private static string ErrorText(CallMessage message, Exception? detail = null) =>
        $"An unexpected error occurred invoking '{message.Target}' on the server."
        + (detail is null ? "" : $" {detail.GetType().Name}: {detail.Message}");

    private async Task StreamAsync(IServerlessHub hub, Caller caller, HubProtocol protocol, CallMessage message, Stream output)
    {
        // A response that cannot be written any more ends the hub's stream too.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(caller.RequestAborted);
        var items = new Pipe(StreamedItems.Options);
        var copying = StreamedItems.CopyAsync(items.Reader, output, ended);
        try
        {
            var (run, _) = await hub.Runner.CallAsync(caller.With(ended.Token), protocol, message.Framed, items.Writer);
            LogFaults(hub, message.Target, caller, run);
            if (run.Failure is not null || !(run.IsAnswered || run.IsAborted))
            {
                protocol.WriteError(items.Writer, message.InvocationId!, ErrorText(message, hub.EnableDetailedErrors ? run.Failure : null));
            }
            else if (!ended.IsCancellationRequested)
            {
                await CloseIfAbortedAsync(hub, caller, run);
            }
        }
        finally
        {
            await items.Writer.CompleteAsync();
            await copying;
        }

        caller.RequestAborted.ThrowIfCancellationRequested();
    }

    /// <summary>Logs the faults of a call that the framework does not.</summary>
    private void LogFaults(IServerlessHub hub, string method, Caller caller, HubRun run)
    {
        if (run.Failure is not null)
        {
            Log.MethodFailed(_logger, hub.Name, method, caller.ConnectionId, run.Failure);
        }
        else if (run.IsUnanswered && !caller.RequestAborted.IsCancellationRequested)
        {
            Log.Unanswered(_logger, hub.Name, method, caller.ConnectionId);
        }

        LogScopeFailure(hub, method, caller, run);
    }

    /// <summary>Closes the client's connection when the hub has called <c>Context.Abort()</c>, or its answer could not be written.</summary>
    private async ValueTask CloseIfAbortedAsync(IServerlessHub hub, Caller caller, HubRun run)
    {
        if (!run.IsAborted || caller.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await hub.Gateway.CloseConnectionAsync(caller.ConnectionId, run.CloseError, caller.RequestAborted);
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException)
        {
            Log.CloseFailed(_logger, hub.Name, caller.ConnectionId, exception);
        }
    }
}
