using Serverless.Gateway.Backplane;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Routing;

/// <summary>Serves requests of clients that live on this node and whose requests came to another.</summary>
internal interface IClientRequests
{
    /// <returns>The answer; empty if the client does not live here.</returns>
    Task<byte[]> AnswerAsync(BackplaneMessage request, ClientOperation operation);
}
