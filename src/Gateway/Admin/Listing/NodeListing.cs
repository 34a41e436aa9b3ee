using System.Text.Json;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Routing.Operations;

namespace Serverless.Gateway.Admin.Listing;

/// <summary>Lists the connections, users and groups of this node, and requests those of the other nodes. Works only on request.</summary>
internal sealed class NodeListing(ConnectionTable table, Router router, TimeProvider time) : INodeRequest<GatewayListingOperation>
{
    // Limits the description of a connection that is in thousands of groups.
    private const int MaxGroups = 20;

    // One pair of readings, so that a connection has the same time on every page.
    private readonly long _timestamp = time.GetTimestamp();
    private readonly DateTimeOffset _time = time.GetUtcNow();

    public async ValueTask<byte[]> AnswerAsync(BackplaneMessage message, GatewayListingOperation operation)
    {
        await Task.Yield();
        return JsonSerializer.SerializeToUtf8Bytes(
            List(JsonSerializer.Deserialize(operation.Query, ListingJson.Default.ListingQuery)!), ListingJson.Default.ListingPart);
    }

    /// <summary>Returns the parts of a page of all nodes that answer in time, this node's first.</summary>
    /// <exception cref="BackplaneUnavailableException">The other nodes cannot be reached.</exception>
    public async ValueTask<IReadOnlyList<ListingPart>> ListAllAsync(ListingQuery query)
    {
        var answers = await router.AskAsync(
            HubName.Gateway, Target.All(), new GatewayListingOperation(JsonSerializer.Serialize(query, ListingJson.Default.ListingQuery)));
        return [List(query), .. answers.Select(static answer => JsonSerializer.Deserialize(answer.Span, ListingJson.Default.ListingPart)!)];
    }

    private ListingPart List(ListingQuery query)
    {
        if (!HubName.TryParseJoined(query.Hub, out var hub) || table.FindHub(hub) is not { } connections
            || !ListOrder.TryParse(query.OrderBy, ListingOrder.FieldsOf(query.Kind), out var order))
        {
            return ListingPart.Empty;
        }

        return query.Kind == ListingKind.Connections
            ? ListConnections(connections, query, order)
            : ListNames(connections.Names(query.Kind == ListingKind.Users ? TargetKind.User : TargetKind.Group), query, order);
    }

    private ListingPart ListConnections(HubConnections connections, ListingQuery query, ListOrder order)
    {
        var target = query.User is { } user ? Target.User(user) : query.Group is { } group ? Target.Group(group) : Target.All();
        var chosen = connections.Members(target)
            .Where(one => query.Group is not { } name || one.Groups.Contains(name))
            .Where(one => query.Search is not { } text || ShownName.Contains(one.Id, text) || ShownName.Contains(one.UserId ?? "", text))
            .ToList();
        return new ListingPart(
            chosen.Count,
            [.. Page(chosen, query, order, one => ListingOrder.KeyOf(one, order.Field, table.Node.Value, ConnectedAt(one))).Select(Describe)],
            []);
    }

    private static ListingPart ListNames(IEnumerable<KeyValuePair<string, int>> names, ListingQuery query, ListOrder order)
    {
        var all = names
            .Where(one => query.Search is not { } text || ShownName.Contains(one.Key, text))
            .Where(one => query.Prefix is not { } prefix || one.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(static one => new ListedName(one.Key, one.Value))
            .ToList();
        return new ListingPart(all.Count, [], [.. Page(all, query, order, one => ListingOrder.KeyOf(one, order.Field))]);
    }

    private static IEnumerable<T> Page<T>(List<T> all, ListingQuery query, ListOrder order, Func<T, SortKey> keyOf)
    {
        // Counters keep changing: each is read once, for the comparison with the last page and with each other.
        var keyed = all.Select(one => (Item: one, Key: keyOf(one)));
        if (query.After is { } token)
        {
            keyed = order.TryToken(token, out var after) ? keyed.Where(one => order.Compare(one.Key, after) > 0) : [];
        }

        return keyed.OrderBy(static one => one.Key, order).Take(query.Size).Select(static one => one.Item);
    }

    private DateTimeOffset ConnectedAt(ClientConnection connection) => _time + time.GetElapsedTime(_timestamp, connection.StartedAt);

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
            Received: connection.MessagesReceived,
            Sent: connection.MessagesSent,
            BytesReceived: connection.BytesReceived,
            BytesSent: connection.BytesSent,
            BytesWaiting: connection.BytesWaiting,
            IsBlocked: connection.IsBlocked,
            IsDiagnostic: connection.Kind == ConnectionKind.Diagnostic,
            Groups: [.. groups.Order(StringComparer.Ordinal).Take(MaxGroups)],
            GroupCount: groups.Length)
        {
            ConnectedAt = ConnectedAt(connection),
        };
    }
}
