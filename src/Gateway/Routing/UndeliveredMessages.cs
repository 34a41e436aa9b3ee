using System.Diagnostics.Metrics;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Observability.Tracing;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Why a message has no receiver; of two nodes' reasons the greater says more. Nodes of different versions may be joined: numbers never change.
/// </summary>
internal enum NoReceiver
{
    /// <summary>It has.</summary>
    None = 0,

    /// <summary>Nobody is in the hub.</summary>
    HubEmpty = 1,

    /// <summary>Nobody is in the group.</summary>
    GroupEmpty = 2,

    /// <summary>The user has no connection.</summary>
    UserNotConnected = 3,

    /// <summary>There is no such connection, it has not shaken hands, or it is closing.</summary>
    ConnectionNotFound = 4,

    /// <summary>All who would get it are excluded.</summary>
    Excluded = 5,

    /// <summary>It came encoded, and not in the receivers' protocol.</summary>
    NoForm = 6,

    /// <summary>The node has too many fan-outs on their way, and refused it.</summary>
    NodeBehind = 7,
}

/// <summary>Counts messages that reach nobody, and tells the live trace of them. Counting allocates nothing.</summary>
internal static class UndeliveredMessages
{
    private static readonly Counter<long> Undelivered = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.MessagesUndelivered, "{message}", "Messages to clients that reached nobody");

    /// <summary>Nobody, on no node, gets a message.</summary>
    public static void Add(LiveTrace trace, ReceiverSearch search)
    {
        if (search.Reason > (int)NoReceiver.NodeBehind)
        {
            // A newer node's.
            search = search with { Reason = (int)NobodyIn(search.Target.Kind) };
        }

        Undelivered.Add(
            1,
            GatewayMeter.Tag("target", FanOutMetrics.NameOf(search.Target.Kind)),
            GatewayMeter.Tag("reason", ReasonOf((NoReceiver)search.Reason)));
        if (trace.IsOn)
        {
            RoutingTrace.Undelivered(trace, search);
        }
    }

    /// <summary>The metrics' word.</summary>
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

    /// <summary>The same in a sentence.</summary>
    public static string TextOf(NoReceiver why, Target target) => why switch
    {
        NoReceiver.HubEmpty => "Nobody is connected to the hub.",
        NoReceiver.GroupEmpty => $"Nobody is in the group '{target.Name}'.",
        NoReceiver.UserNotConnected => $"The user '{target.Name}' has no connection.",
        NoReceiver.ConnectionNotFound => $"The hub has no connection '{target.Name}', its handshake is not done, or it is closing.",
        NoReceiver.Excluded => "All who would get it are excluded.",
        NoReceiver.NoForm => "The message came encoded, and not in the receivers' hub protocol.",
        _ => "More messages are on their way than the node can write, and it refused this one.",
    };

    /// <summary>What it means that a target names nobody.</summary>
    public static NoReceiver NobodyIn(TargetKind kind) => kind switch
    {
        TargetKind.All => NoReceiver.HubEmpty,
        TargetKind.Group => NoReceiver.GroupEmpty,
        TargetKind.User => NoReceiver.UserNotConnected,
        _ => NoReceiver.ConnectionNotFound,
    };
}
