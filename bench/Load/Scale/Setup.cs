namespace Serverless.Load.Scale;

/// <summary>How many gateways there are, whether Redis joins them, and what they guarantee then.</summary>
internal sealed record Setup(int Nodes, bool HasRedis, bool IsAtLeastOnce = false)
{
    internal string Title => !HasRedis ? $"{Nodes}, no Redis" : IsAtLeastOnce ? $"{Nodes}, AtLeastOnce" : $"{Nodes}";
}

/// <summary>Whom messages are for.</summary>
/// <param name="Key">The name on the command line.</param>
/// <param name="Title">What the table says.</param>
/// <param name="Receivers">Clients that each message reaches; 0 for all.</param>
/// <param name="SendsPerSecond">The pace; of broadcasts, that to 1,000 clients.</param>
internal sealed record Kind(string Key, string Title, int Receivers, int SendsPerSecond)
{
    internal static readonly Kind Broadcast = new("broadcast", "broadcasts to 1,000", 0, 20);
    internal static readonly Kind User = new("user", "single users", 1, 1000);
    internal static readonly Kind Group = new("group", "groups of 10", 10, 500);

    /// <summary>Groups come last: their users stay in them.</summary>
    internal static IReadOnlyList<Kind> All { get; } = [Broadcast, User, Group];
}
