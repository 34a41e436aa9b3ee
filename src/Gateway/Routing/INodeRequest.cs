using Serverless.Gateway.Backplane;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Serves one operation that is about a node and not about its connections. <see cref="NodeInbox"/> finds it among the services of this type.
/// Implement <see cref="INodeRequest{TOperation}"/>. To reach all nodes, send such an operation to all connections of the hub
/// <see cref="Addressing.HubName.Gateway"/>.
/// </summary>
internal interface INodeRequest
{
    /// <summary>Gets the type of the operation.</summary>
    Type Operation { get; }

    /// <summary>
    /// Answers another node. <see cref="NodeInbox"/> awaits the answer to a message that was sent without a request for one before it takes
    /// the next message, and discards it: it must be quick.
    /// </summary>
    ValueTask<byte[]> AnswerAsync(BackplaneMessage message, RemoteOperation operation);
}

/// <inheritdoc cref="INodeRequest"/>
internal interface INodeRequest<TOperation> : INodeRequest
    where TOperation : RemoteOperation
{
    Type INodeRequest.Operation => typeof(TOperation);

    ValueTask<byte[]> INodeRequest.AnswerAsync(BackplaneMessage message, RemoteOperation operation) => AnswerAsync(message, (TOperation)operation);

    /// <inheritdoc cref="INodeRequest.AnswerAsync"/>
    ValueTask<byte[]> AnswerAsync(BackplaneMessage message, TOperation operation);
}
