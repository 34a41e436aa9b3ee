namespace Serverless.Load.Scale;

/// <summary>One kind of message with one number of nodes: what it cost.</summary>
/// <param name="Setup">How many nodes.</param>
/// <param name="Kind">Whom messages were for.</param>
/// <param name="GatewayMicroseconds">CPU of all gateways together for each delivery.</param>
/// <param name="Faults">What must not happen.</param>
internal sealed record ScaleMeasurement(Setup Setup, Kind Kind, double GatewayMicroseconds, Faults Faults)
{
    /// <summary>CPU of Redis for each message that a REST caller has sent, what it uses when nothing is published left out.</summary>
    internal double RedisMicroseconds { get; init; }

    /// <summary>The part of a processor that Redis took.</summary>
    internal double RedisShare { get; init; }

    /// <summary>PUBLISH for each message that a REST caller has sent, from the first to the last.</summary>
    internal double PublishesPerSend { get; init; }

    /// <summary>Nodes that hear each of them.</summary>
    internal int Hearers { get; init; }

    internal double DeliveriesPerSecond { get; init; }

    internal double MedianMilliseconds { get; init; }

    internal double SlowestPercentMilliseconds { get; init; }

    internal double OthersShare { get; init; }

    internal string? FirstFault { get; init; }

    /// <summary>Null if each message was published once, and heard once by each node that has someone it is for.</summary>
    internal string? Excess(int nodesWithReceivers) => !Setup.HasRedis || Setup.IsAtLeastOnce ? null
        : PublishesPerSend != 1 ? FormattableString.Invariant($"{PublishesPerSend:0.000} publishes for each message instead of 1")
        : Hearers != nodesWithReceivers ? $"{Hearers} nodes hear each message instead of {nodesWithReceivers}"
        : null;
}

/// <summary>What a node costs that has clients and nothing to do.</summary>
/// <param name="Setup">How many nodes.</param>
/// <param name="GatewayMillisecondsPerSecond">CPU of each gateway.</param>
/// <param name="RedisMillisecondsPerSecond">CPU of Redis.</param>
/// <param name="RedisBytesPerClient">Memory that Redis takes for each client: ledger, subscriptions.</param>
internal sealed record IdleMeasurement(
    Setup Setup, double GatewayMillisecondsPerSecond, double RedisMillisecondsPerSecond, double RedisBytesPerClient);
