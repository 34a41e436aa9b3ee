using System.Text.Json.Serialization;

namespace Serverless.Gateway.Admin.Listing;

/// <summary>What is listed of a hub.</summary>
internal enum ListingKind
{
    /// <summary>Its connections, by id.</summary>
    Connections,

    /// <summary>Its users that are here, by name.</summary>
    Users,

    /// <summary>Its groups that have someone in them, by name.</summary>
    Groups,
}

/// <summary>A page of a list that one node asks of all. Nodes send it each other as JSON.</summary>
/// <param name="Kind">What is listed.</param>
/// <param name="Hub">Of which hub.</param>
/// <param name="Size">How many at most.</param>
/// <param name="After">The continuation token; null for the first page.</param>
/// <param name="User">Of connections, only this user's.</param>
/// <param name="Group">Of connections, only those in this group.</param>
/// <param name="Prefix">What keys begin with; null for all.</param>
/// <param name="OrderBy">The order; null, also in queries of older nodes, for that of the keys.</param>
/// <param name="Search">What names contain; null for all.</param>
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
/// <param name="Total">How many it has in all.</param>
/// <param name="Connections">The page, if connections are listed.</param>
/// <param name="Names">The page, if names are.</param>
internal sealed record ListingPart(int Total, IReadOnlyList<ListedConnection> Connections, IReadOnlyList<ListedName> Names)
{
    public static ListingPart Empty { get; } = new(0, [], []);
}

/// <summary>A connection as it is listed; counts are since it came.</summary>
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
    /// <summary>When it came; null from older nodes.</summary>
    public DateTimeOffset? ConnectedAt { get; init; }
}

/// <summary>A user or group.</summary>
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
