using Serverless.Gateway.Backplane;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Routing;

/// <summary>Serves requests of clients of this node that have reached another node.</summary>
internal interface IClientRequests
{
    /// <summary>Serves one request.</summary>
    /// <returns>The answer; empty if the client is not on this node.</returns>
    Task<byte[]> AnswerAsync(BackplaneMessage request, ClientOperation operation);
}
