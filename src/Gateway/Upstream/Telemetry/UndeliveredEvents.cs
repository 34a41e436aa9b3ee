using System.Diagnostics.Metrics;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Upstream.Telemetry;

/// <summary>Counts what reached no upstream, by the reason; nothing is counted for an answer with 2xx. Recording allocates nothing.</summary>
internal static class UndeliveredEvents
{
    /// <summary>The upstream had refused the connection, so that its later events are not sent.</summary>
    public const string ConnectionRefused = "connection_refused";

    /// <summary>The client asked for what there is not in serverless mode, or for too much.</summary>
    public const string Unsupported = "unsupported";

    /// <summary>The client's message is over the limit.</summary>
    public const string TooLarge = "too_large";

    /// <summary>What the client sent is no hub protocol.</summary>
    public const string Malformed = "malformed";

    /// <summary>The node had no more time before it stopped.</summary>
    public const string NodeStopping = "node_stopping";

    /// <summary>Other nodes took this one for dead, and told the upstream of its connections' end.</summary>
    public const string NodeGivenUp = "node_given_up";

    /// <summary>The gateway failed.</summary>
    public const string Internal = "internal";

    private static readonly Counter<long> Undelivered = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.EventsUndelivered, "{event}", "Events and messages of clients that no upstream took");

    /// <summary>Counts an event by how its last attempt ended.</summary>
    public static void Count(string category, in UpstreamOutcome outcome)
    {
        if (outcome.ReasonTag() is { } reason)
        {
            Count(category, reason);
        }
    }

    public static void Count(string category, string reason) =>
        Undelivered.Add(1, GatewayMeter.Tag("category", category), GatewayMeter.Tag("reason", reason));
}
