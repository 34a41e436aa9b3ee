using System.Text.Json;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Routing;

namespace Serverless.Gateway.Admin.Listing;

/// <summary>Lists who is on this node, and asks the other nodes for theirs. Costs nothing while nobody asks.</summary>
internal sealed class NodeListing(ConnectionTable table, Router router) : INodeRequest
{
    // Of a connection in thousands of groups.
    private const int MostGroups = 20;

    public RemoteOperationKind Kind => RemoteOperationKind.GatewayListing;

    public async ValueTask<byte[]> AnswerAsync(BackplaneMessage message, RemoteOperation operation)
    {
        await Task.Yield();
        return JsonSerializer.SerializeToUtf8Bytes(
            List(JsonSerializer.Deserialize(operation.Text ?? "", ListingJson.Default.ListingQuery)!), ListingJson.Default.ListingPart);
    }

    /// <summary>The page's parts of all nodes that answer in time, this one's first.</summary>
    /// <exception cref="BackplaneUnavailableException">The others cannot be asked.</exception>
    public async ValueTask<IReadOnlyList<ListingPart>> ListAllAsync(ListingQuery query)
    {
        var answers = await router.AskAsync(
            HubName.Gateway, Target.All(), new RemoteOperation(Kind, JsonSerializer.Serialize(query, ListingJson.Default.ListingQuery)));
        return [List(query), .. answers.Select(static answer => JsonSerializer.Deserialize(answer.Span, ListingJson.Default.ListingPart)!)];
    }

    private ListingPart List(ListingQuery query) =>
        !HubName.TryParseJoined(query.Hub, out var hub) || table.FindHub(hub) is not { } connections ? ListingPart.Empty
        : query.Kind == ListingKind.Connections ? ListConnections(connections, query)
        : ListNames(connections.Names(query.Kind == ListingKind.Users ? TargetKind.User : TargetKind.Group), query);

    private ListingPart ListConnections(HubConnections connections, ListingQuery query)
    {
        var target = query.User is { } user ? Target.User(user) : query.Group is { } group ? Target.Group(group) : Target.All();
        var chosen = connections.Members(target).Where(one => query.Group is not { } name || one.Groups.Contains(name)).ToList();
        return new ListingPart(chosen.Count, [.. Page(chosen, query, static one => one.Id).Select(Describe)], []);
    }

    private static ListingPart ListNames(IEnumerable<KeyValuePair<string, int>> names, ListingQuery query)
    {
        var all = names.ToList();
        return new ListingPart(all.Count, [], [.. Page(all, query, static one => one.Key).Select(static one => new ListedName(one.Key, one.Value))]);
    }

    private static IEnumerable<T> Page<T>(List<T> all, ListingQuery query, Func<T, string> keyOf) => all
        .Where(one => query.After is not { } after || string.CompareOrdinal(keyOf(one), after) > 0)
        .Where(one => query.Prefix is not { } prefix || keyOf(one).StartsWith(prefix, StringComparison.Ordinal))
        .OrderBy(keyOf, StringComparer.Ordinal)
        .Take(query.Size);

    private ListedConnection Describe(ClientConnection connection)
    {
        var groups = connection.Groups.Names();
        return new ListedConnection(
            connection.Id,
            connection.UserId,
            table.Node.Value,
            connection.Transport.ToString(),
            connection.Protocol?.Name ?? "",
            connection.Age.TotalSeconds,
            connection.MessagesReceived,
            connection.MessagesSent,
            connection.BytesReceived,
            connection.BytesSent,
            connection.BytesWaiting,
            connection.IsBlocked,
            connection.Kind == ConnectionKind.Diagnostic,
            [.. groups.Order(StringComparer.Ordinal).Take(MostGroups)],
            groups.Length);
    }
}
