using System.Diagnostics.Metrics;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Upstream.Telemetry;

/// <summary>Counts the events that no upstream accepted, by reason. Counting allocates nothing.</summary>
internal static class UndeliveredEvents
{
    /// <summary>The upstream has refused the connection, so its later events are not sent.</summary>
    public const string ConnectionRefused = "connection_refused";

    /// <summary>The client sent a message that serverless mode does not support, or exceeded a limit.</summary>
    public const string Unsupported = "unsupported";

    /// <summary>The client's message exceeds the size limit.</summary>
    public const string TooLarge = "too_large";

    /// <summary>The bytes of the client are not valid hub protocol.</summary>
    public const string Malformed = "malformed";

    /// <summary>The node stopped before it could send the event.</summary>
    public const string NodeStopping = "node_stopping";

    /// <summary>Other nodes declared this node lost, and reported the end of its connections to the upstream.</summary>
    public const string NodeGivenUp = "node_given_up";

    /// <summary>The gateway has failed internally.</summary>
    public const string Internal = "internal";

    private static readonly Counter<long> Undelivered = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.EventsUndelivered, "{event}", "Events and messages of clients that no upstream accepted");

    /// <summary>Counts an event by the outcome of its last attempt; an accepted event is not counted.</summary>
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
