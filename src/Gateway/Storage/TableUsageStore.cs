using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Storage;

/// <summary>Stores usage in Azure Tables: a row for each hour, hub and node. The rows of a day share a partition.</summary>
internal sealed class TableUsageStore(DurableTable table) : IUsageStore
{
    /// <summary>The table's name.</summary>
    public const string TableName = "ServerlessUsage";

    // The maximum of one transaction.
    private const int RowsAtOnce = 100;

    private const string DayFormat = "yyyy-MM-dd";

    private const string Hour = "Hour";
    private const string Hub = "Hub";
    private const string Node = "Node";
    private const string Clients = "Clients";
    private const string Written = "Written";

    public bool IsShared => true;

    public async ValueTask PutAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellation)
    {
        foreach (var rowsOfDay in rows.GroupBy(row => Partition(DateOnly.FromDateTime(row.Hour.UtcDateTime))))
        {
            foreach (var some in rowsOfDay.Chunk(RowsAtOnce))
            {
                var actions = some.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, ToEntity(row))).ToList();
                await table.RunAsync((client, limit) => client.SubmitTransactionAsync(actions, limit), cancellation);
            }
        }
    }

    public async ValueTask<IReadOnlyList<UsageRow>> ReadAsync(DateOnly first, DateOnly last, CancellationToken cancellation)
    {
        // Page by page: each is an operation with a time-out of its own.
        var filter = TableClient.CreateQueryFilter($"PartitionKey ge {Partition(first)} and PartitionKey le {Partition(last)}");
        var rows = new List<UsageRow>();
        string? next = null;
        do
        {
            var page = await table.RunAsync((client, limit) => PageAsync(client, filter, next, limit), cancellation);
            rows.AddRange(page.Values.Select(FromEntity));
            next = page.ContinuationToken;
        }
        while (!string.IsNullOrEmpty(next));
        return rows;
    }

    private static async Task<Page<TableEntity>> PageAsync(TableClient client, string filter, string? continuation, CancellationToken limit)
    {
        await foreach (var page in client.QueryAsync<TableEntity>(filter, cancellationToken: limit).AsPages(continuation))
        {
            return page;
        }

        throw new InvalidOperationException("A query has a page, be it empty.");
    }

    // A hub's name may contain characters that keys forbid.
    private static TableEntity ToEntity(UsageRow row) => new(
        Partition(DateOnly.FromDateTime(row.Hour.UtcDateTime)),
        $"{row.Hour.UtcDateTime.ToString("HH", CultureInfo.InvariantCulture)}-{Key(row.Hub)}-{row.Node}")
    {
        [Hour] = row.Hour,
        [Hub] = row.Hub,
        [Node] = row.Node,
        [Clients] = row.Clients,
        [Written] = row.Written,
        [nameof(Usage.ClientUnits)] = row.Usage.ClientUnits,
        [nameof(Usage.UpstreamUnits)] = row.Usage.UpstreamUnits,
        [nameof(Usage.MessagesSent)] = row.Usage.MessagesSent,
        [nameof(Usage.MessagesReceived)] = row.Usage.MessagesReceived,
        [nameof(Usage.BytesSent)] = row.Usage.BytesSent,
        [nameof(Usage.BytesReceived)] = row.Usage.BytesReceived,
        [nameof(Usage.ConnectionsOpened)] = row.Usage.ConnectionsOpened,
        [nameof(Usage.ConnectionsPeak)] = row.Usage.ConnectionsPeak,
        [nameof(Usage.LiveTraceUnits)] = row.Usage.LiveTraceUnits,
        [nameof(Usage.DiagnosticOpened)] = row.Usage.DiagnosticOpened,
        [nameof(Usage.LiveTraceOpened)] = row.Usage.LiveTraceOpened,
    };

    private static UsageRow FromEntity(TableEntity entity)
    {
        return new UsageRow(
            entity.GetDateTimeOffset(Hour) ?? default,
            entity.GetString(Hub) ?? "",
            entity.GetString(Node) ?? "",
            new Usage
            {
                ClientUnits = Number(nameof(Usage.ClientUnits)),
                UpstreamUnits = Number(nameof(Usage.UpstreamUnits)),
                MessagesSent = Number(nameof(Usage.MessagesSent)),
                MessagesReceived = Number(nameof(Usage.MessagesReceived)),
                BytesSent = Number(nameof(Usage.BytesSent)),
                BytesReceived = Number(nameof(Usage.BytesReceived)),
                ConnectionsOpened = Number(nameof(Usage.ConnectionsOpened)),
                ConnectionsPeak = Number(nameof(Usage.ConnectionsPeak)),
                LiveTraceUnits = Number(nameof(Usage.LiveTraceUnits)),
                DiagnosticOpened = Number(nameof(Usage.DiagnosticOpened)),
                LiveTraceOpened = Number(nameof(Usage.LiveTraceOpened)),
            })
        {
            Clients = Number(Clients),
            Written = entity.GetDateTimeOffset(Written),
        };

        long Number(string name) => entity.GetInt64(name) ?? 0;
    }

    private static string Partition(DateOnly day) => day.ToString(DayFormat, CultureInfo.InvariantCulture);

    private static string Key(string hub) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hub)));
}
