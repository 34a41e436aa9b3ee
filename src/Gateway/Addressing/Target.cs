namespace Serverless.Gateway.Addressing;

/// <summary>The kind of audience of a <see cref="Target"/>.</summary>
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

/// <summary>
/// Represents an audience within a hub, without the excluded connections. Names are compared with case
/// (docs/contract/rest-api.md#common-rules).
/// </summary>
/// <param name="Kind">The kind of <paramref name="Name"/>.</param>
/// <param name="Name">The group, user or connection id; empty for all.</param>
/// <param name="Excluded">Ids of connections left out.</param>
internal readonly record struct Target(TargetKind Kind, string Name, IReadOnlyCollection<string> Excluded)
{
    private static readonly IReadOnlyCollection<string> NoConnections = [];

    /// <summary>Creates a target of every connection except the excluded ones.</summary>
    public static Target All(IReadOnlyCollection<string>? excluded = null) => new(TargetKind.All, "", excluded ?? NoConnections);

    /// <summary>Creates a target of a group's connections except the excluded ones.</summary>
    public static Target Group(string name, IReadOnlyCollection<string>? excluded = null) =>
        new(TargetKind.Group, name, excluded ?? NoConnections);

    /// <summary>Creates a target of a user's connections except the excluded ones.</summary>
    public static Target User(string name, IReadOnlyCollection<string>? excluded = null) =>
        new(TargetKind.User, name, excluded ?? NoConnections);

    /// <summary>Creates a target of one connection.</summary>
    public static Target Connection(string id) => new(TargetKind.Connection, id, NoConnections);
}
