using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Membership in Azure Tables: a row for each user and group. A user's rows share a partition. Keys are hashes, because a key forbids
/// characters that names have; the names are properties.
/// </summary>
internal sealed class TableUserGroupStore(DurableTable table, TimeProvider time) : IUserGroupStore
{
    /// <summary>The table's name.</summary>
    public const string TableName = "ServerlessUserGroups";

    private const string Hub = "Hub";
    private const string User = "User";
    private const string Group = "Group";
    private const string Expires = "Expires";
    private const string Added = "Added";
    private const string HasTimeToLive = "HasTimeToLive";

    public string State => table.IsAvailable ? "AzureTables" : "Unavailable";

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
                await foreach (var row in RowsOf(client, Partition(hub, user), limit))
                {
                    await client.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, limit);
                }

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

    public async ValueTask DeleteExpiredAsync(CancellationToken cancellation) =>
        await table.RunAsync(
            async (client, limit) =>
            {
                var expired = client.QueryAsync<TableEntity>(
                    TableClient.CreateQueryFilter($"Expires le {time.GetUtcNow()}"), select: ["PartitionKey", "RowKey"], cancellationToken: limit);
                await foreach (var row in expired)
                {
                    await DeleteUnchangedAsync(client, row, limit);
                }

                return true;
            },
            cancellation);

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

        foreach (var row in lasting.OrderByDescending(row => row.GetDateTimeOffset(Added)).Skip(IUserGroupStore.MostWithoutTimeToLive))
        {
            await DeleteUnchangedAsync(client, row, limit);
        }
    }

    // A row that was added anew meanwhile stays.
    private static async Task DeleteUnchangedAsync(TableClient client, TableEntity row, CancellationToken limit)
    {
        try
        {
            await client.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, limit);
        }
        catch (RequestFailedException exception) when (exception.Status is StatusCodes.Status412PreconditionFailed)
        {
            // Somebody was faster.
        }
    }

    private static string Partition(HubName hub, string user) => Key($"{hub.Value}\0{user}");

    private static string Key(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
