using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Storage;

/// <summary>Stores the usage of hubs by the hour. Every method may fail with <see cref="StoreUnavailableException"/>.</summary>
internal interface IUsageStore
{
    /// <summary>Gets a value that indicates whether other nodes, and this one after a restart, see the same rows.</summary>
    bool IsShared { get; }

    /// <summary>Stores rows, and replaces earlier ones of the same hour, hub and node.</summary>
    ValueTask PutAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellation);

    /// <summary>Returns the rows of all nodes from one day to another, both included, unordered.</summary>
    ValueTask<IReadOnlyList<UsageRow>> ReadAsync(DateOnly first, DateOnly last, CancellationToken cancellation);
}

/// <summary>Represents the usage of a hub on a node within an hour.</summary>
/// <param name="Hour">The start of the hour, in UTC.</param>
/// <param name="Hub">The hub, with its application.</param>
/// <param name="Node">The node. A restarted process is another node.</param>
/// <param name="Usage">The usage of the hour so far.</param>
internal sealed record UsageRow(DateTimeOffset Hour, string Hub, string Node, Usage Usage)
{
    /// <summary>Gets the number of clients when the row was written.</summary>
    public long Clients { get; init; }

    /// <summary>Gets the time when the row was written. With shared quotas a running node writes it repeatedly.</summary>
    public DateTimeOffset? Written { get; init; }
}
