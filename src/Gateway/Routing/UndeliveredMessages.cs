using System.Diagnostics.Metrics;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Observability.LiveTracing;

namespace Serverless.Gateway.Routing;

/// <summary>
/// The reason why a message has no receiver; of two nodes' reasons the greater is the more specific one. Nodes of different versions may be
/// joined: numbers never change.
/// </summary>
internal enum NoReceiver
{
    /// <summary>The message has a receiver.</summary>
    None = 0,

    /// <summary>The hub has no connection.</summary>
    HubEmpty = 1,

    /// <summary>The group has no connection.</summary>
    GroupEmpty = 2,

    /// <summary>The user has no connection.</summary>
    UserNotConnected = 3,

    /// <summary>The connection does not exist, has not completed its handshake, or is closing.</summary>
    ConnectionNotFound = 4,

    /// <summary>All receivers are excluded.</summary>
    Excluded = 5,

    /// <summary>The message arrived encoded, and not in the receivers' hub protocol.</summary>
    NoForm = 6,

    /// <summary>The node has too many fan-outs in progress, and refused the message.</summary>
    NodeBehind = 7,
}

/// <summary>Counts messages without a receiver, and reports them to the live trace. Counting allocates nothing.</summary>
internal static class UndeliveredMessages
{
    private static readonly Counter<long> Undelivered = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.MessagesUndelivered, "{message}", "Messages to clients that had no receiver");

    /// <summary>Counts a message that has no receiver on any node.</summary>
    public static void Add(LiveTrace trace, ReceiverSearch search)
    {
        if (search.Reason > (int)NoReceiver.NodeBehind)
        {
            // A newer version has sent a reason that this one does not know.
            search = search with { Reason = (int)NobodyIn(search.Target.Kind) };
        }

        Undelivered.Add(
            1,
            GatewayMeter.Tag("target", FanOutMetrics.NameOf(search.Target.Kind)),
            GatewayMeter.Tag("reason", ReasonOf((NoReceiver)search.Reason)));
        if (trace.IsOn)
        {
            RoutingLiveTrace.Undelivered(trace, search);
        }
    }

    /// <summary>Returns the word for metrics.</summary>
    public static string ReasonOf(NoReceiver why) => why switch
    {
        NoReceiver.HubEmpty => "hub_empty",
        NoReceiver.GroupEmpty => "group_empty",
        NoReceiver.UserNotConnected => "user_not_connected",
        NoReceiver.ConnectionNotFound => "connection_not_found",
        NoReceiver.Excluded => "excluded",
        NoReceiver.NoForm => "no_form",
        _ => "node_behind",
    };

    /// <summary>Returns the reason as a sentence.</summary>
    public static string TextOf(NoReceiver why, Target target) => why switch
    {
        NoReceiver.HubEmpty => "No client is connected to the hub.",
        NoReceiver.GroupEmpty => $"The group '{target.Name}' has no connection.",
        NoReceiver.UserNotConnected => $"The user '{target.Name}' has no connection.",
        NoReceiver.ConnectionNotFound => $"The hub has no connection '{target.Name}', its handshake is not done, or it is closing.",
        NoReceiver.Excluded => "All receivers are excluded.",
        NoReceiver.NoForm => "The message arrived encoded, and not in the receivers' hub protocol.",
        _ => "More messages are in progress than the node can write, and it refused this one.",
    };

    /// <summary>Returns the reason for a target without connections.</summary>
    public static NoReceiver NobodyIn(TargetKind kind) => kind switch
    {
        TargetKind.All => NoReceiver.HubEmpty,
        TargetKind.Group => NoReceiver.GroupEmpty,
        TargetKind.User => NoReceiver.UserNotConnected,
        _ => NoReceiver.ConnectionNotFound,
    };
}
