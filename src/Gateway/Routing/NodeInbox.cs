using System.Collections.Frozen;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Routing;

/// <summary>Executes the operations of other nodes for this node's connections.</summary>
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
    private readonly FrozenDictionary<Type, INodeRequest> _requests = requests.ToFrozenDictionary(request => request.Operation);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        backplane.Receive = ActAsync;
        backplane.Unreached = search => UndeliveredMessages.Add(trace, search);

        // Operations about nodes, not about connections, use the gateway's own hub.
        backplane.Joined(HubName.Gateway, TargetKind.All, "");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async ValueTask ActAsync(BackplaneMessage message)
    {
        switch (RemoteOperation.Decode(message.Payload.Span))
        {
            case SendOperation send:
                Follow(send.TracingId);
                using (FanOutSpans.DeliverFor(send.Trace, message.Hub, message.Target))
                {
                    // While this node is behind, later messages wait too.
                    Deny(message, await local.SendInTimeAsync(message.Hub, message.Target, send.Message));
                }

                break;
            case ReachOperation reach:
                Deny(message, local.WhyNone(message.Hub, message.Target, reach.Outline));
                break;
            case InvokeOperation invoke:
                // A client may take long to answer; the next messages do not wait for it.
                _ = InvokeAsync(message, invoke);
                break;
            case ClientOperation client:
                _ = ServeAsync(message, client);
                break;
            case var operation when _requests.TryGetValue(operation.GetType(), out var request):
                if (message.Kind == BackplaneKind.Ask)
                {
                    _ = AnswerAsync(request, message, operation);
                }
                else
                {
                    await request.AnswerAsync(message, operation);
                }

                break;
            case var operation:
                backplane.Reply(message, await AnswerAsync(message, operation));
                break;
        }
    }

    // The live trace's next events belong to the message of this id.
    private void Follow(long tracingId)
    {
        if (trace.IsOn)
        {
            trace.Current = tracingId;
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
            // The node that asks waits until its limit, and goes on without this node.
            Log.AnswerFailed(logger, exception, operation.Kind);
        }
    }

    private async ValueTask<byte[]> AnswerAsync(BackplaneMessage message, RemoteOperation operation)
    {
        var (hub, target) = (message.Hub, message.Target);
        switch (operation)
        {
            case ExistsOperation:
                return RemoteAnswer.Of(local.Exists(hub, target));
            case CloseOperation close:
                return RemoteAnswer.Of(await local.CloseAsync(hub, target, close.Reason));
            case AddToGroupOperation add:
                Follow(add.TracingId);
                var isAdded = local.AddToGroup(hub, target.Name, add.Group);
                await table.Interest.SettledAsync();
                return RemoteAnswer.Of(isAdded);
            case RemoveFromGroupOperation remove:
                Follow(remove.TracingId);
                return RemoteAnswer.Of(local.RemoveFromGroup(hub, target.Name, remove.Group));
            case RemoveFromAllGroupsOperation:
                return RemoteAnswer.Of(local.RemoveFromAllGroups(hub, target.Name));
            case UserJoinedOperation joined:
                await userGroups.AddHereAsync(new UserGroup(hub, target.Name, joined.Group), joined.Expires);
                return RemoteAnswer.Of(isSo: true);
            case UserLeftOperation left:
                userGroups.RemoveHere(new UserGroup(hub, target.Name, left.Group));
                return RemoteAnswer.Of(isSo: true);
            case UserLeftAllOperation:
                userGroups.RemoveFromAllHere(hub, target.Name);
                return RemoteAnswer.Of(isSo: true);
            case IsUserInGroupOperation question:
                return RemoteAnswer.Of(userGroups.IsMemberHere(new UserGroup(hub, target.Name, question.Group)));
            case ListMembersOperation:
                return RemoteAnswer.Of(local.Members(hub, target.Name));
            case ExecuteCommandsOperation execute:
                await local.ExecuteAsync(hub, execute.Filter, execute.Commands);
                await table.Interest.SettledAsync();
                return RemoteAnswer.Of(isSo: true);
            default:
                // A newer version has sent an operation that this node does not know.
                return RemoteAnswer.Of(isSo: false);
        }
    }

    private async Task ServeAsync(BackplaneMessage message, ClientOperation operation)
    {
        var answer = await clients.AnswerAsync(message, operation);
        if (message.Kind == BackplaneKind.Ask)
        {
            backplane.Reply(message, answer);
        }
    }

    private async Task InvokeAsync(BackplaneMessage message, InvokeOperation invoke)
    {
        using var activity = FanOutSpans.DeliverFor(invoke.Trace, message.Hub, message.Target);
        var (end, answer) = await invocations.InvokeHereAsync(message.Hub, message.Target.Name, invoke.Message, CancellationToken.None);
        backplane.Reply(message, RemoteAnswer.Of(end, answer));
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Routing + 3, LogLevel.Error, "Answering the question {Kind} of another node failed.", EventName = "NodeRequestFailed")]
        public static partial void AnswerFailed(ILogger logger, Exception exception, RemoteOperationKind kind);
    }
}
