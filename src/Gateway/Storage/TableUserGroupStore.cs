using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Stores memberships in Azure Tables: a row for each user and group. A user's rows share a partition. Keys are hashes, because keys
/// forbid characters that names may contain; the names are properties.
/// </summary>
internal sealed class TableUserGroupStore(DurableTable table, TimeProvider time) : IUserGroupStore
{
    /// <summary>The table's name.</summary>
    public const string TableName = "ServerlessUserGroups";

    // The number of deletions that fit into the time-out of one operation.
    private const int RowsAtOnce = 100;

    private const int DeletionsAtOnce = 16;

    private const string Hub = "Hub";
    private const string User = "User";
    private const string Group = "Group";
    private const string Expires = "Expires";
    private const string Added = "Added";
    private const string HasTimeToLive = "HasTimeToLive";

    public StoreKind Kind => StoreKind.AzureTables;

    public string State => table.IsAvailable ? nameof(StoreKind.AzureTables) : "Unavailable";

    public TimeSpan CleanUpInterval { get; } = TimeSpan.FromHours(1);

    public async ValueTask AddAsync(HubName hub, string user, string group, Membership membership, CancellationToken cancellation)
    {
        var row = new TableEntity(Partition(hub, user), Key(group))
        {
            [Hub] = hub.Value,
            [User] = user,
            [Group] = group,
            [Expires] = membership.Expires,
            [Added] = time.GetUtcNow(),
            [HasTimeToLive] = membership.HasTimeToLive,
        };
        await table.RunAsync(
            async (client, limit) =>
            {
                await client.UpsertEntityAsync(row, TableUpdateMode.Replace, limit);
                if (!membership.HasTimeToLive)
                {
                    await DropOldestAsync(client, row.PartitionKey, limit);
                }

                return true;
            },
            cancellation);
    }

    public async ValueTask RemoveAsync(HubName hub, string user, string group, CancellationToken cancellation) =>
        await table.RunAsync(
            async (client, limit) => await client.DeleteEntityAsync(Partition(hub, user), Key(group), ETag.All, limit), cancellation);

    public async ValueTask RemoveAllAsync(HubName hub, string user, CancellationToken cancellation) =>
        await table.RunAsync(
            async (client, limit) =>
            {
                // A transaction would fail as a whole when another node has deleted one of them.
                var options = new ParallelOptions { MaxDegreeOfParallelism = DeletionsAtOnce, CancellationToken = limit };
                await Parallel.ForEachAsync(RowsOf(client, Partition(hub, user), limit), options, async (row, each) =>
                    await client.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, each));

                return true;
            },
            cancellation);

    public async ValueTask<IReadOnlyDictionary<string, DateTimeOffset>> GroupsOfAsync(
        HubName hub, string user, CancellationToken cancellation) =>
        await table.RunAsync(
            async (client, limit) =>
            {
                Dictionary<string, DateTimeOffset>? groups = null;
                var now = time.GetUtcNow();
                await foreach (var row in RowsOf(client, Partition(hub, user), limit))
                {
                    if (row.GetDateTimeOffset(Expires) is { } expires && expires > now && row.GetString(Group) is { } group)
                    {
                        groups ??= new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
                        groups[group] = expires;
                    }
                }

                return groups ?? NoGroups.Instance;
            },
            cancellation);

    public async ValueTask DeleteExpiredAsync(CancellationToken cancellation)
    {
        // A search through the whole table, page by page: each is an operation with a time-out of its own.
        var filter = TableClient.CreateQueryFilter($"Expires le {time.GetUtcNow()}");
        string? next = null;
        do
        {
            next = await table.RunAsync(
                async (client, limit) =>
                {
                    var page = await PageAsync(client, filter, next, limit);
                    foreach (var row in page.Values)
                    {
                        await DeleteUnchangedAsync(client, row, limit);
                    }

                    return page.ContinuationToken;
                },
                cancellation);
        }
        while (!string.IsNullOrEmpty(next));
    }

    public async ValueTask ProbeAsync(CancellationToken cancellation) =>
        await table.RunAsync(static (client, limit) => PageAsync(client, "PartitionKey eq 'probe'", null, limit), cancellation);

    private static async Task<Page<TableEntity>> PageAsync(TableClient client, string filter, string? continuation, CancellationToken limit)
    {
        await foreach (var page in client.QueryAsync<TableEntity>(filter, RowsAtOnce, cancellationToken: limit).AsPages(continuation))
        {
            return page;
        }

        throw new InvalidOperationException("A query has a page, be it empty.");
    }

    private static AsyncPageable<TableEntity> RowsOf(TableClient client, string partition, CancellationToken limit) =>
        client.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {partition}"), cancellationToken: limit);

    private static async Task DropOldestAsync(TableClient client, string partition, CancellationToken limit)
    {
        var lasting = new List<TableEntity>();
        await foreach (var row in RowsOf(client, partition, limit))
        {
            if (row.GetBoolean(HasTimeToLive) == false)
            {
                lasting.Add(row);
            }
        }

        foreach (var row in lasting.OrderByDescending(row => row.GetDateTimeOffset(Added)).Skip(IUserGroupStore.MaxWithoutTimeToLive))
        {
            await DeleteUnchangedAsync(client, row, limit);
        }
    }

    // A row that was added again in the meantime stays.
    private static async Task DeleteUnchangedAsync(TableClient client, TableEntity row, CancellationToken limit)
    {
        try
        {
            await client.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, limit);
        }
        catch (RequestFailedException exception) when (exception.Status is StatusCodes.Status412PreconditionFailed)
        {
            // Another node has deleted it first.
        }
    }

    private static string Partition(HubName hub, string user) => Key($"{hub.Value}\0{user}");

    private static string Key(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
