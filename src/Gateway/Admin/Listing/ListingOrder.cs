using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Admin.Listing;

/// <summary>Provides the fields by which the lists of a hub are sorted, and the sort keys of their items.</summary>
internal static class ListingOrder
{
    private const string User = "user";
    private const string Transport = "transport";
    private const string Node = "node";
    private const string Received = "received";
    private const string Sent = "sent";
    private const string ConnectedAt = "connectedAt";
    private const string Connections = "connections";

    private static readonly string[] OfConnections = [User, Transport, Node, Received, Sent, ConnectedAt];
    private static readonly string[] OfNames = [Connections];

    /// <summary>Returns the fields of a list, by which <c>orderby</c> may sort.</summary>
    public static IReadOnlyList<string> FieldsOf(ListingKind kind) => kind == ListingKind.Connections ? OfConnections : OfNames;

    /// <summary>Returns the sort key of a user or group.</summary>
    public static SortKey KeyOf(ListedName one, string? field) => new(field == Connections ? one.Connections : 0, "", one.Name);

    /// <summary>Returns the sort key of a connection that some node has described.</summary>
    public static SortKey KeyOf(ListedConnection one, string? field) => field switch
    {
        User => Text(one.User ?? "", one.ConnectionId),
        Transport => new(0, one.Transport, one.ConnectionId),
        Node => new(0, one.Node, one.ConnectionId),
        Received => new(one.Received, "", one.ConnectionId),
        Sent => new(one.Sent, "", one.ConnectionId),
        ConnectedAt => new(one.ConnectedAt?.UtcTicks ?? 0, "", one.ConnectionId),
        _ => new(0, "", one.ConnectionId),
    };

    /// <summary>Returns the sort key of a connection of this node, without describing the connection.</summary>
    public static SortKey KeyOf(ClientConnection one, string? field, string node, DateTimeOffset connectedAt) => field switch
    {
        User => Text(one.UserId ?? "", one.Id),
        Transport => new(0, one.Transport.ToString(), one.Id),
        Node => new(0, node, one.Id),
        Received => new(one.MessagesReceived, "", one.Id),
        Sent => new(one.MessagesSent, "", one.Id),
        ConnectedAt => new(connectedAt.UtcTicks, "", one.Id),
        _ => new(0, "", one.Id),
    };

    private static SortKey Text(string name, string id) => new(0, ShownName.Of(name), id);
}
