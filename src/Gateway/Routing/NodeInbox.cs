using System.Collections.Frozen;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Observability.Tracing;

namespace Serverless.Gateway.Routing;

/// <summary>Does for this node's connections what other nodes ask.</summary>
internal sealed partial class NodeInbox(
    IBackplane backplane,
    LocalRouter local,
    UserGroups userGroups,
    ClientInvocations invocations,
    IClientRequests clients,
    IEnumerable<INodeRequest> requests,
    ConnectionTable table,
    LiveTrace trace,
    ILogger<NodeInbox> logger) : IHostedService
{
    private readonly FrozenDictionary<RemoteOperationKind, INodeRequest> _requests = requests.ToFrozenDictionary(request => request.Kind);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        backplane.Receive = ActAsync;
        backplane.Unreached = search => UndeliveredMessages.Add(trace, search);

        // What concerns the nodes themselves, and no connection, is said in the gateway's own hub.
        backplane.Joined(HubName.Gateway, TargetKind.All, "");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async ValueTask ActAsync(BackplaneMessage message)
    {
        var operation = RemoteOperation.Decode(message.Payload.Span);
        switch (operation.Kind)
        {
            case RemoteOperationKind.Send:
                Follow(operation);
                using (FanOutTrace.DeliverFor(operation.Trace, message.Hub, message.Target))
                {
                    // If this node is behind, what comes next waits too.
                    Deny(message, await local.SendInTimeAsync(message.Hub, message.Target, operation.Message!));
                }

                break;
            case RemoteOperationKind.Reach:
                Deny(message, local.WhyNone(message.Hub, message.Target, operation.Message));
                break;
            case RemoteOperationKind.Invoke:
                // A client takes as long as it likes; the others' messages do not wait for it.
                _ = InvokeAsync(message, operation);
                break;
            case >= RemoteOperationKind.ClientPost and <= RemoteOperationKind.SocketLeft:
                _ = ServeAsync(message, operation);
                break;
            default:
                if (!_requests.TryGetValue(operation.Kind, out var request))
                {
                    backplane.Reply(message, await AnswerAsync(message, operation));
                }
                else if (message.Kind == BackplaneKind.Ask)
                {
                    _ = AnswerAsync(request, message, operation);
                }
                else
                {
                    await request.AnswerAsync(message, operation);
                }

                break;
        }
    }

    // What happens next belongs to the message of that number.
    private void Follow(RemoteOperation operation)
    {
        if (trace.IsOn)
        {
            trace.Current = operation.Number;
        }
    }

    private void Deny(BackplaneMessage message, NoReceiver why)
    {
        if (why != NoReceiver.None)
        {
            backplane.Deny(message, (int)why);
        }
    }

    private async Task AnswerAsync(INodeRequest request, BackplaneMessage message, RemoteOperation operation)
    {
        try
        {
            backplane.Reply(message, await request.AnswerAsync(message, operation));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Who asks waits a moment longer, and goes on without this node.
            Log.AnswerFailed(logger, exception, operation.Kind);
        }
    }

    private async ValueTask<byte[]> AnswerAsync(BackplaneMessage message, RemoteOperation operation)
    {
        var (hub, target) = (message.Hub, message.Target);
        switch (operation.Kind)
        {
            case RemoteOperationKind.Exists:
                return RemoteAnswer.Of(local.Exists(hub, target));
            case RemoteOperationKind.Close:
                return RemoteAnswer.Of(await local.CloseAsync(hub, target, operation.Text));
            case RemoteOperationKind.AddToGroup:
                Follow(operation);
                var isAdded = local.AddToGroup(hub, target.Name, operation.Text!);
                await table.Interest.SettledAsync();
                return RemoteAnswer.Of(isAdded);
            case RemoteOperationKind.RemoveFromGroup:
                Follow(operation);
                return RemoteAnswer.Of(local.RemoveFromGroup(hub, target.Name, operation.Text!));
            case RemoteOperationKind.RemoveFromAllGroups:
                return RemoteAnswer.Of(local.RemoveFromAllGroups(hub, target.Name));
            case RemoteOperationKind.UserJoined:
                await userGroups.AddHereAsync(
                    Membership(message, operation), operation.Number > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(operation.Number) : null);
                return RemoteAnswer.Of(isSo: true);
            case RemoteOperationKind.UserLeft:
                userGroups.RemoveHere(Membership(message, operation));
                return RemoteAnswer.Of(isSo: true);
            case RemoteOperationKind.UserLeftAll:
                userGroups.RemoveFromAllHere(hub, target.Name);
                return RemoteAnswer.Of(isSo: true);
            case RemoteOperationKind.IsUserInGroup:
                return RemoteAnswer.Of(userGroups.IsMemberHere(Membership(message, operation)));
            case RemoteOperationKind.List:
                return RemoteAnswer.Of(local.Members(hub, target.Name));
            case RemoteOperationKind.Execute:
                await local.ExecuteAsync(hub, operation.Text, operation.Commands!);
                await table.Interest.SettledAsync();
                return RemoteAnswer.Of(isSo: true);
            default:
                // A newer node asks for what this one does not know.
                return RemoteAnswer.Of(isSo: false);
        }
    }

    private static UserGroup Membership(BackplaneMessage message, RemoteOperation operation) => new(message.Hub, message.Target.Name, operation.Text ?? "");

    private async Task ServeAsync(BackplaneMessage message, RemoteOperation operation)
    {
        var answer = await clients.AnswerAsync(message, operation);
        if (message.Kind == BackplaneKind.Ask)
        {
            backplane.Reply(message, answer);
        }
    }

    private async Task InvokeAsync(BackplaneMessage message, RemoteOperation operation)
    {
        using var activity = FanOutTrace.DeliverFor(operation.Trace, message.Hub, message.Target);
        var (end, answer) = await invocations.InvokeHereAsync(message.Hub, message.Target.Name, operation.Message!, CancellationToken.None);
        backplane.Reply(message, RemoteAnswer.Of(end, answer));
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Routing + 3, LogLevel.Error, "Another node's question {Kind} could not be answered.", EventName = "NodeRequestFailed")]
        public static partial void AnswerFailed(ILogger logger, Exception exception, RemoteOperationKind kind);
    }
}
