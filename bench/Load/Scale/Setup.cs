namespace Serverless.Load.Scale;

/// <summary>The number of gateways, whether Redis joins them, and their delivery guarantee.</summary>
internal sealed record Setup(int Nodes, bool HasRedis, bool IsAtLeastOnce = false)
{
    internal string Title => !HasRedis ? $"{Nodes}, no Redis" : IsAtLeastOnce ? $"{Nodes}, AtLeastOnce" : $"{Nodes}";
}

/// <summary>A kind of target of messages.</summary>
/// <param name="Key">The name on the command line.</param>
/// <param name="Title">The name in the table.</param>
/// <param name="Receivers">The number of clients that each message reaches; 0 for all.</param>
/// <param name="SendsPerSecond">The pace; for broadcasts, the pace with 1,000 clients.</param>
internal sealed record Kind(string Key, string Title, int Receivers, int SendsPerSecond)
{
    internal static readonly Kind Broadcast = new("broadcast", "broadcasts to 1,000", 0, 20);
    internal static readonly Kind User = new("user", "single users", 1, 1000);
    internal static readonly Kind Group = new("group", "groups of 10", 10, 500);

    /// <summary>All kinds. Groups come last, because users stay in them.</summary>
    internal static IReadOnlyList<Kind> All { get; } = [Broadcast, User, Group];
}
