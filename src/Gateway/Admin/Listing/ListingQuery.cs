using System.Text.Json.Serialization;

namespace Serverless.Gateway.Admin.Listing;

/// <summary>The kinds of list that a hub has.</summary>
internal enum ListingKind
{
    /// <summary>The hub's connections, by id.</summary>
    Connections,

    /// <summary>The users with connections in the hub, by name.</summary>
    Users,

    /// <summary>The hub's groups that have members, by name.</summary>
    Groups,
}

/// <summary>A query for one page of a list, which one node sends to all. Nodes exchange it as JSON.</summary>
/// <param name="Kind">The list.</param>
/// <param name="Hub">The hub.</param>
/// <param name="Size">The most items of the page.</param>
/// <param name="After">The continuation token; null for the first page.</param>
/// <param name="User">Limits connections to this user's.</param>
/// <param name="Group">Limits connections to those in this group.</param>
/// <param name="Prefix">Limits items to keys with this prefix; null for all.</param>
/// <param name="OrderBy">The order; null, also in queries of older nodes, for the order of the keys.</param>
/// <param name="Search">Limits items to names that contain this text; null for all.</param>
internal sealed record ListingQuery(
    ListingKind Kind,
    string Hub,
    int Size,
    string? After,
    string? User,
    string? Group,
    string? Prefix,
    string? OrderBy = null,
    string? Search = null);

/// <summary>One node's part of a page.</summary>
/// <param name="Total">The number of the node's items on all pages.</param>
/// <param name="Connections">The page, when connections are listed.</param>
/// <param name="Names">The page, when names are listed.</param>
internal sealed record ListingPart(int Total, IReadOnlyList<ListedConnection> Connections, IReadOnlyList<ListedName> Names)
{
    public static ListingPart Empty { get; } = new(0, [], []);
}

/// <summary>A connection in a list; counts are since it was opened.</summary>
internal sealed record ListedConnection(
    string ConnectionId,
    string? User,
    string Node,
    string Transport,
    string Protocol,
    double AgeSeconds,
    long Received,
    long Sent,
    long BytesReceived,
    long BytesSent,
    int BytesWaiting,
    bool IsBlocked,
    bool IsDiagnostic,
    IReadOnlyList<string> Groups,
    int GroupCount)
{
    /// <summary>The time when it was opened; null from older nodes.</summary>
    public DateTimeOffset? ConnectedAt { get; init; }
}

/// <summary>A user or group in a list.</summary>
internal sealed record ListedName(string Name, int Connections);

/// <summary>A page of all nodes together.</summary>
internal sealed record ListingPage<T>(int? Total, IReadOnlyList<T> Value, string? NextLink);

/// <summary>The JSON of lists.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ListingQuery))]
[JsonSerializable(typeof(ListingPart))]
[JsonSerializable(typeof(ListingPage<ListedConnection>))]
[JsonSerializable(typeof(ListingPage<ListedName>))]
internal sealed partial class ListingJson : JsonSerializerContext;
