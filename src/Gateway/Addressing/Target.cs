namespace Serverless.Gateway.Addressing;

/// <summary>What kind of audience a <see cref="Target"/> names.</summary>
internal enum TargetKind
{
    /// <summary>Every connection of the hub.</summary>
    All,

    /// <summary>The connections of one group.</summary>
    Group,

    /// <summary>The connections of one user.</summary>
    User,

    /// <summary>One connection.</summary>
    Connection,
}

/// <summary>An audience within a hub, less the excluded connections. Names are compared with case (docs/contract/rest-api.md#common-rules).</summary>
/// <param name="Kind">What <paramref name="Name"/> is.</param>
/// <param name="Name">The group, user or connection id; empty for all.</param>
/// <param name="Excluded">Ids of connections left out.</param>
internal readonly record struct Target(TargetKind Kind, string Name, IReadOnlyCollection<string> Excluded)
{
    private static readonly IReadOnlyCollection<string> Nobody = [];

    /// <summary>Every connection but the excluded ones.</summary>
    public static Target All(IReadOnlyCollection<string>? excluded = null) => new(TargetKind.All, "", excluded ?? Nobody);

    /// <summary>A group's connections but the excluded ones.</summary>
    public static Target Group(string name, IReadOnlyCollection<string>? excluded = null) =>
        new(TargetKind.Group, name, excluded ?? Nobody);

    /// <summary>A user's connections but the excluded ones.</summary>
    public static Target User(string name, IReadOnlyCollection<string>? excluded = null) =>
        new(TargetKind.User, name, excluded ?? Nobody);

    /// <summary>One connection.</summary>
    public static Target Connection(string id) => new(TargetKind.Connection, id, Nobody);
}
