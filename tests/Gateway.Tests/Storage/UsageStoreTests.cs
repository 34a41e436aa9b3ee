using Azure.Data.Tables;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Storage;
using Serverless.Support.Azurite;

namespace Serverless.Gateway.Tests.Storage;

/// <summary>Tests the behaviour of every store of usage.</summary>
public abstract class UsageStoreTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);

    private protected abstract IUsageStore Store { get; }

    [Fact]
    public async Task Rows_come_back_as_they_were_put_and_the_last_of_the_same_hour_hub_and_node_counts()
    {
        var usage = new Usage
        {
            ClientUnits = 1,
            UpstreamUnits = 2,
            MessagesSent = 3,
            MessagesReceived = 4,
            BytesSent = 5,
            BytesReceived = 6,
            ConnectionsOpened = 7,
            ConnectionsPeak = long.MaxValue,
        };
        await Store.PutAsync([Row(5, "chat", "a", default), Row(5, "chat", "b", usage)], default);
        await Store.PutAsync([Row(5, "chat", "a", usage with { ClientUnits = 8 }), Row(5, "news,`[x].", "a", usage)], default);
        Assert.Equal(
            [Row(5, "chat", "a", usage with { ClientUnits = 8 }), Row(5, "chat", "b", usage), Row(5, "news,`[x].", "a", usage)],
            await ReadAsync(0, 0));
    }

    [Fact]
    public async Task Days_are_told_apart_to_the_hour()
    {
        var usage = new Usage { ClientUnits = 1 };
        UsageRow[] rows = [Row(-1, "chat", "a", usage), Row(0, "chat", "a", usage), Row(23, "chat", "a", usage), Row(24, "chat", "a", usage), Row(48, "chat", "a", usage)];
        await Store.PutAsync(rows, default);
        Assert.Equal(rows[1..3], await ReadAsync(0, 0));
        Assert.Equal(rows[..4], await ReadAsync(-1, 1));
        Assert.Empty(await ReadAsync(3, 9));
    }

    [Fact]
    public async Task There_may_be_more_rows_than_a_transaction_takes_or_a_page_holds()
    {
        await Store.PutAsync([.. Enumerable.Range(0, 1150).Select(i => Row(7, $"hub{i}", "a", new Usage { ClientUnits = i }))], default);
        var rows = await ReadAsync(0, 0);
        Assert.Equal((1150, 1149 * 1150 / 2), (rows.Count, rows.Sum(row => row.Usage.ClientUnits)));
    }

    private static UsageRow Row(int hour, string hub, string node, Usage usage) => new(Midnight.AddHours(hour), hub, node, usage);

    private async Task<List<UsageRow>> ReadAsync(int firstDay, int lastDay) =>
    [
        .. (await Store.ReadAsync(Day(firstDay), Day(lastDay), default)).OrderBy(row => row.Hour).ThenBy(row => row.Hub).ThenBy(row => row.Node),
    ];

    private static DateOnly Day(int days) => DateOnly.FromDateTime(Midnight.UtcDateTime).AddDays(days);
}

public sealed class InMemoryUsageStoreTests : UsageStoreTests
{
    private protected override IUsageStore Store { get; } = new InMemoryUsageStore();

    [Fact]
    public async Task What_is_older_than_forty_days_is_forgotten()
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var day = 0; day < 100; day++)
        {
            await Store.PutAsync([new UsageRow(start.AddDays(day), "chat", "a", default)], default);
        }

        Assert.Equal(41, (await Store.ReadAsync(DateOnly.MinValue, DateOnly.MaxValue, default)).Count);
    }
}

[Collection(SharedAzurite.Name)]
public sealed class TableUsageStoreTests(AzuriteFixture azurite) : UsageStoreTests
{
    private protected override IUsageStore Store { get; } = Create(azurite.Server);

    private static TableUsageStore Create(AzuriteServer azurite)
    {
        var client = new TableServiceClient(azurite.ConnectionString, DurableTable.ClientOptions());
        return new TableUsageStore(new DurableTable(() => client, $"U{Guid.NewGuid():n}", TimeProvider.System, NullLogger<DurableTable>.Instance));
    }
}
