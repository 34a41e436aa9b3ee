using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Storage;

/// <summary>What hubs have used, hour by hour. Every method may fail with <see cref="StoreUnavailableException"/>.</summary>
internal interface IUsageStore
{
    /// <summary>True where other nodes, and this one after a restart, see the same rows.</summary>
    bool IsShared { get; }

    /// <summary>Puts rows in place of earlier ones of the same hour, hub and node.</summary>
    ValueTask PutAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellation);

    /// <summary>The rows of all nodes from one day to another, both included, in no order.</summary>
    ValueTask<IReadOnlyList<UsageRow>> ReadAsync(DateOnly first, DateOnly last, CancellationToken cancellation);
}

/// <summary>What a hub used at a node within an hour.</summary>
/// <param name="Hour">Its beginning, in UTC.</param>
/// <param name="Hub">The hub, with its application.</param>
/// <param name="Node">The node; a process that was started again is another.</param>
/// <param name="Usage">The whole hour's, or as much of it as is over.</param>
internal sealed record UsageRow(DateTimeOffset Hour, string Hub, string Node, Usage Usage)
{
    /// <summary>Clients that were there when it was written.</summary>
    public long Clients { get; init; }

    /// <summary>When it was written; a node that goes on writes again and again where that matters.</summary>
    public DateTimeOffset? Written { get; init; }
}
