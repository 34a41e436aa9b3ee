using Serverless.Gateway.Access;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Dispatch.Calls;
using Serverless.Gateway.Dispatch.Ways;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Dispatch;

/// <summary>The room's entrance: opens each connection's way upstream, and answers for the calls of all of them.</summary>
internal sealed class HubDispatcher(WayServices ways, CallLoad load, CallTelemetry telemetry, AccessKeys keys)
{
    /// <summary>Gets the number of connections with an upstream call under way, and of open streams. Shutdown waits for zero.</summary>
    public int CallsUnderWay => load.UnderWay;

    /// <summary>Opens a connection's way upstream.</summary>
    public IHubWay Open(ClientConnection connection) =>
        new UpstreamWay(new Caller(connection, new UpstreamSender(connection, keys)), ways);

    /// <summary>A client's message was refused before it became a call.</summary>
    /// <param name="connection">The client's connection.</param>
    /// <param name="target">The method that the client calls; null when it cannot be known.</param>
    /// <param name="reason">A reason of undelivered events.</param>
    /// <param name="why">The same in a sentence.</param>
    public void NotForwarded(ClientConnection connection, string? target, string reason, string why) =>
        telemetry.Refused(connection, target, reason, why);

    /// <summary>Gives up the calls under way, as the node has no more time.</summary>
    /// <returns>The number of clients' messages that are cut off.</returns>
    public int CutOff() => load.CutOff();
}
