using System.Globalization;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Stores usage in Redis: a hash for each day, with a signed row for each hour, hub and node. A day is kept for as long as it can be
/// requested.
/// </summary>
internal sealed class RedisUsageStore(RedisStore store, StoreKeys keys, StoreNames names) : IUsageStore
{
    /// <summary>The time for which a day is kept after its last row was written: the maximum number of days of one request.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(100);

    private const int RowsAtOnce = 100;
    private const string DayFormat = "yyyy-MM-dd";

    // Keys: the day. Arguments: its time to live in milliseconds, then fields and rows in turn.
    private static readonly ReadOnlyMemory<byte> Put = Part(
        "redis.call('HSET', KEYS[1], unpack(ARGV, 2)) redis.call('PEXPIRE', KEYS[1], ARGV[1]) return 1");

    public bool IsShared => true;

    public async ValueTask PutAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellation)
    {
        var signer = await keys.SignerAsync(cancellation);
        foreach (var rowsOfDay in rows.GroupBy(static row => Day(DateOnly.FromDateTime(row.Hour.UtcDateTime))))
        {
            foreach (var some in rowsOfDay.Chunk(RowsAtOnce))
            {
                await store.RunAsync(
                    Put,
                    [names.Usage(rowsOfDay.Key)],
                    cancellation,
                    [
                        RedisStore.Number((long)Kept.TotalMilliseconds),
                        .. some.SelectMany(row =>
                        {
                            var field = FieldOf(row);
                            return (ReadOnlyMemory<byte>[])[Part(field), signer.Sign(UsageRowFormat.Encode(row), names.UsagePlace(rowsOfDay.Key, field))];
                        }),
                    ]);
            }
        }
    }

    public async ValueTask<IReadOnlyList<UsageRow>> ReadAsync(DateOnly first, DateOnly last, CancellationToken cancellation)
    {
        var rows = new List<UsageRow>();
        for (var day = first.DayNumber; day <= last.DayNumber; day++)
        {
            await ReadAsync(Day(DateOnly.FromDayNumber(day)), rows, cancellation);
        }

        return rows;
    }

    private async Task ReadAsync(string day, List<UsageRow> rows, CancellationToken cancellation)
    {
        var stored = await store.ReadHashAsync(names.Usage(day), int.MaxValue, cancellation);
        var signer = stored.Count > 0 ? await keys.VerifierAsync(stored.Values, cancellation) : null;
        foreach (var (field, value) in stored)
        {
            if (signer!.TryOpen(value, names.UsagePlace(day, field), out var content) && UsageRowFormat.Decode(content.Span) is { } row)
            {
                rows.Add(row);
            }
            else
            {
                keys.Refuse();
            }
        }
    }

    private static string Day(DateOnly day) => day.ToString(DayFormat, CultureInfo.InvariantCulture);

    private static string FieldOf(UsageRow row) => $"{row.Hour.UtcDateTime.ToString("HH", CultureInfo.InvariantCulture)} {row.Node} {row.Hub}";
}
