namespace Serverless.Gateway.Routing.Operations;

/// <summary>Reads a node's figures for the dashboard. No fields.</summary>
internal sealed record GatewayReadingOperation() : RemoteOperation(RemoteOperationKind.GatewayReading);

/// <summary>Reads a node's part of a list. Fields: text (the query as JSON).</summary>
internal sealed record GatewayListingOperation(string Query) : RemoteOperation(RemoteOperationKind.GatewayListing)
{
    public static GatewayListingOperation From(in OperationFields fields) => new(fields.Text ?? "");

    protected override OperationFields ToFields() => new(Query);
}

/// <summary>Reads a node's figures of the last minutes. No fields.</summary>
internal sealed record GatewayHistoryOperation() : RemoteOperation(RemoteOperationKind.GatewayHistory);

/// <summary>Reads the usage that a node has not stored yet. Fields: text (<c>first/last</c>).</summary>
internal sealed record GatewayUsageOperation(string Range) : RemoteOperation(RemoteOperationKind.GatewayUsage)
{
    public static GatewayUsageOperation From(in OperationFields fields) => new(fields.Text ?? "");

    protected override OperationFields ToFields() => new(Range);
}

/// <summary>
/// Starts, renews or ends a viewer's watch of the live trace. Fields: text (the watch's id), bytes (the filter as JSON; empty to end it).
/// </summary>
internal sealed record GatewayWatchOperation(string Watch, ReadOnlyMemory<byte> Filter) : RemoteOperation(RemoteOperationKind.GatewayWatch)
{
    public static GatewayWatchOperation From(in OperationFields fields) => new(fields.Text ?? "", fields.Bytes);

    protected override OperationFields ToFields() => new(Watch, Bytes: Filter);
}

/// <summary>Delivers the events of another node to a watch. Fields: text (the watch's id), bytes (the events as JSON).</summary>
internal sealed record GatewayEventsOperation(string Watch, ReadOnlyMemory<byte> Events) : RemoteOperation(RemoteOperationKind.GatewayEvents)
{
    public static GatewayEventsOperation From(in OperationFields fields) => new(fields.Text ?? "", fields.Bytes);

    protected override OperationFields ToFields() => new(Watch, Bytes: Events);
}
