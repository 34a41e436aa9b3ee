namespace Serverless.Load.Scale;

/// <summary>The cost of one kind of message with one number of nodes.</summary>
/// <param name="Setup">The nodes.</param>
/// <param name="Kind">The kind of target.</param>
/// <param name="GatewayMicroseconds">The CPU time of all gateways together per delivery.</param>
/// <param name="Faults">The faults, all of which must be 0.</param>
internal sealed record ScaleMeasurement(Setup Setup, Kind Kind, double GatewayMicroseconds, Faults Faults)
{
    /// <summary>The CPU time of Redis per message of a REST caller, without its idle CPU time.</summary>
    internal double RedisMicroseconds { get; init; }

    /// <summary>The share of a processor that Redis took.</summary>
    internal double RedisShare { get; init; }

    /// <summary>The number of PUBLISH calls per message of a REST caller, from the first to the last message.</summary>
    internal double PublishesPerSend { get; init; }

    /// <summary>The number of nodes that receive each of them.</summary>
    internal int Hearers { get; init; }

    internal double DeliveriesPerSecond { get; init; }

    internal double MedianMilliseconds { get; init; }

    internal double SlowestPercentMilliseconds { get; init; }

    internal double OthersShare { get; init; }

    internal string? FirstFault { get; init; }

    /// <summary>Returns null if each message was published once and received once by each node with a receiver, or else a description.</summary>
    internal string? Excess(int nodesWithReceivers) => !Setup.HasRedis || Setup.IsAtLeastOnce ? null
        : PublishesPerSend != 1 ? FormattableString.Invariant($"{PublishesPerSend:0.000} publishes for each message instead of 1")
        : Hearers != nodesWithReceivers ? $"{Hearers} nodes hear each message instead of {nodesWithReceivers}"
        : null;
}

/// <summary>The cost of a node whose clients are idle.</summary>
/// <param name="Setup">The nodes.</param>
/// <param name="GatewayMillisecondsPerSecond">The CPU time of each gateway.</param>
/// <param name="RedisMillisecondsPerSecond">The CPU time of Redis.</param>
/// <param name="RedisBytesPerClient">The memory of Redis per client: ledger, subscriptions.</param>
internal sealed record IdleMeasurement(
    Setup Setup, double GatewayMillisecondsPerSecond, double RedisMillisecondsPerSecond, double RedisBytesPerClient);
