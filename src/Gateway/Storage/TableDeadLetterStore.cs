using Azure;
using Azure.Data.Tables;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Stores dead letters in Azure Tables. A hub's letters share a partition, named by a hash, in the order of their events. A row has the first
/// part of the body, in pieces that fit into a property; the rest is in further rows of a separate partition.
/// </summary>
internal sealed class TableDeadLetterStore(DurableTable table) : IDeadLetterStore
{
    /// <summary>The table's name. The alert on dead letters uses it too.</summary>
    public const string TableName = "deadletters";

    // A property holds 64 KiB and a row 1 MiB, including names.
    private const int PieceBytes = 60 * 1024;
    private const int RowBytes = 12 * PieceBytes;
    private const int MaxNameChars = 16 * 1024;
    private const int MaxPageSize = 1000;

    // Sorts after all letters, whose partitions are hexadecimal.
    private const string BodyMark = "x";

    private static readonly string[] Columns =
    [
        "PartitionKey", "RowKey", "EventId", "Hub", "ConnectionId", "Sequence", "Time", "Category", "EventName", "ContentType", "UserId", "Claims",
        "ClientQuery", "Template", "Attempts", "FailedAt", "Reason", "Status", "BodyLength",
    ];

    public async ValueTask AddAsync(DeadLetter letter, CancellationToken cancellation)
    {
        if (letter.EventName.Length > MaxNameChars)
        {
            throw new StoreUnavailableException("the event's name is too long for a table");
        }

        var id = letter.Id;
        await table.RunAsync(
            async (client, limit) =>
            {
                // The letter is written last, so that a reader that finds it finds its body.
                for (var part = 1; part * RowBytes < letter.Body.Length; part++)
                {
                    var more = Fill(new TableEntity(BodyMark + id.Partition, BodyRow(id, part)), letter.Body, part);
                    await client.UpsertEntityAsync(more, TableUpdateMode.Replace, limit);
                }

                await client.UpsertEntityAsync(Fill(ToRow(letter, id), letter.Body, 0), TableUpdateMode.Replace, limit);
                return true;
            },
            cancellation);
    }

    public async ValueTask<IReadOnlyList<DeadLetter>> ListAsync(
        HubName? hub, string? connectionId, DeadLetterId? after, int maxCount, CancellationToken cancellation)
    {
        var filter = hub is { } name
            ? TableClient.CreateQueryFilter($"PartitionKey eq {DeadLetterId.PartitionOf(name)}")
            : TableClient.CreateQueryFilter($"PartitionKey lt {BodyMark}");
        if (connectionId is not null)
        {
            filter += " and " + TableClient.CreateQueryFilter($"ConnectionId eq {connectionId}");
        }

        if (after is { } last)
        {
            filter += " and " + TableClient.CreateQueryFilter(
                $"(PartitionKey gt {last.Partition} or (PartitionKey eq {last.Partition} and RowKey gt {last.Row}))");
        }

        return await table.RunAsync(
            async (client, limit) =>
            {
                var letters = new List<DeadLetter>();
                await foreach (var row in client.QueryAsync<TableEntity>(filter, Math.Min(maxCount, MaxPageSize), Columns, limit))
                {
                    if (letters.Count == maxCount)
                    {
                        break;
                    }

                    if (FromRow(row) is { } letter)
                    {
                        letters.Add(letter);
                    }
                }

                return letters;
            },
            cancellation);
    }

    public async ValueTask<DeadLetter?> FindAsync(DeadLetterId id, CancellationToken cancellation) =>
        await table.RunAsync(
            async (client, limit) =>
            {
                var found = await client.GetEntityIfExistsAsync<TableEntity>(id.Partition, id.Row, cancellationToken: limit);
                if (!found.HasValue || FromRow(found.Value!) is not { } letter)
                {
                    return null;
                }

                var body = new byte[letter.BodyLength];
                Read(found.Value!, body, 0);
                for (var part = 1; part * RowBytes < body.Length; part++)
                {
                    var more = await client.GetEntityIfExistsAsync<TableEntity>(BodyMark + id.Partition, BodyRow(id, part), cancellationToken: limit);
                    if (!more.HasValue)
                    {
                        return null; // it is being deleted
                    }

                    Read(more.Value!, body, part);
                }

                return letter with { Body = body };
            },
            cancellation);

    public async ValueTask<bool> DeleteAsync(DeadLetterId id, CancellationToken cancellation) =>
        await table.RunAsync(
            async (client, limit) =>
            {
                var found = await client.GetEntityIfExistsAsync<TableEntity>(id.Partition, id.Row, ["BodyLength"], limit);
                if (!found.HasValue)
                {
                    return false;
                }

                var answer = await client.DeleteEntityAsync(id.Partition, id.Row, ETag.All, limit);
                for (var part = 1; part * RowBytes < found.Value!.GetInt32("BodyLength"); part++)
                {
                    await client.DeleteEntityAsync(BodyMark + id.Partition, BodyRow(id, part), ETag.All, limit);
                }

                return answer.Status != StatusCodes.Status404NotFound;
            },
            cancellation);

    private static string BodyRow(DeadLetterId id, int part) => $"{id.Row}-{part:D4}";

    private static TableEntity Fill(TableEntity row, ReadOnlyMemory<byte> body, int part)
    {
        var end = Math.Min(body.Length, (part + 1) * RowBytes);
        for (var (at, piece) = (part * RowBytes, 0); at < end; (at, piece) = (at + PieceBytes, piece + 1))
        {
            row[$"Body{piece:D2}"] = body[at..Math.Min(end, at + PieceBytes)].ToArray();
        }

        return row;
    }

    private static void Read(TableEntity row, byte[] body, int part)
    {
        var end = Math.Min(body.Length, (part + 1) * RowBytes);
        for (var (at, piece) = (part * RowBytes, 0); at < end; (at, piece) = (at + PieceBytes, piece + 1))
        {
            row.GetBinary($"Body{piece:D2}").CopyTo(body, at);
        }
    }

    private static TableEntity ToRow(DeadLetter letter, DeadLetterId id) => new(id.Partition, id.Row)
    {
        ["EventId"] = letter.EventId,
        ["Hub"] = letter.Hub.Value,
        ["ConnectionId"] = letter.ConnectionId,
        ["Sequence"] = letter.Sequence,
        ["Time"] = letter.Time,
        ["Category"] = letter.Category,
        ["EventName"] = letter.EventName,
        ["ContentType"] = letter.ContentType,
        ["UserId"] = letter.UserId,
        ["Claims"] = letter.Claims,
        ["ClientQuery"] = letter.ClientQuery,
        ["Template"] = letter.Template,
        ["Attempts"] = letter.Attempts,
        ["FailedAt"] = letter.FailedAt,
        ["Reason"] = letter.Reason,
        ["Status"] = letter.Status,
        ["BodyLength"] = letter.Body.Length,
    };

    // Null for a row that the gateway did not write.
    private static DeadLetter? FromRow(TableEntity row) =>
        row.GetString("Hub") is { } text && HubName.TryParseJoined(text, out var hub) && row.GetDateTimeOffset("Time") is { } time
            ? new DeadLetter
            {
                EventId = row.GetString("EventId"),
                Hub = hub,
                ConnectionId = row.GetString("ConnectionId"),
                Sequence = row.GetInt32("Sequence"),
                Time = time,
                Category = row.GetString("Category"),
                EventName = row.GetString("EventName"),
                ContentType = row.GetString("ContentType"),
                UserId = row.GetString("UserId"),
                Claims = row.GetString("Claims"),
                ClientQuery = row.GetString("ClientQuery"),
                Template = row.GetInt32("Template") ?? 0,
                Attempts = row.GetInt32("Attempts") ?? 0,
                FailedAt = row.GetDateTimeOffset("FailedAt") ?? time,
                Reason = row.GetString("Reason"),
                Status = row.GetInt32("Status") ?? 0,
                BodyLength = row.GetInt32("BodyLength") ?? 0,
            }
            : null;
}
