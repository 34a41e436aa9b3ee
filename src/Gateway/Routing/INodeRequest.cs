using Serverless.Gateway.Backplane;

namespace Serverless.Gateway.Routing;

/// <summary>
/// One thing that nodes ask or tell each other and that concerns no connection. Registered as a service of this type, it is served. Said to
/// all nodes by asking <see cref="Addressing.HubName.Gateway"/>'s target of all.
/// </summary>
internal interface INodeRequest
{
    /// <summary>What it is on the wire.</summary>
    RemoteOperationKind Kind { get; }

    /// <summary>
    /// Answers another node. What is told, not asked, is awaited before the next message of the backplane: it must be quick, and its
    /// answer is thrown away.
    /// </summary>
    ValueTask<byte[]> AnswerAsync(BackplaneMessage message, RemoteOperation operation);
}
