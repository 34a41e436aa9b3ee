using Serverless.Gateway.Metering;
using Serverless.Gateway.Storage;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Tests.Storage.Redis;

/// <summary>Runs the tests of usage stores on Redis.</summary>
[Collection(SharedRedis.Name)]
public sealed class RedisUsageStoreTests(RedisFixture redis) : UsageStoreTests, IAsyncLifetime
{
    private static readonly DateOnly Day = new(2026, 11, 24);

    private TestRedisStore _node = null!;

    private protected override IUsageStore Store => _node.Usage;

    public async Task InitializeAsync() => _node = await TestRedisStore.StartAsync(redis!.NewAddress(), TimeProvider.System);

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task A_day_is_kept_for_as_long_as_it_may_be_asked_for()
    {
        await PutAsync("a");
        var left = TimeSpan.FromMilliseconds((await _node.AskAsync(Part("PTTL"), _node.Names.Usage("2026-11-24"))).Number);
        Assert.InRange(left, TimeSpan.FromDays(99.9), TimeSpan.FromDays(Gateway.Admin.UsageQuery.MaxDays));
    }

    [Fact]
    public async Task A_row_that_no_node_has_signed_does_not_count()
    {
        await PutAsync("a");
        var key = _node.Names.Usage("2026-11-24");
        var real = (await _node.AskAsync(Part("HVALS"), key)).Items.Single().Bytes;
        await _node.AskAsync(Part("HSET"), key, Part("01 b chat"), real);
        await _node.AskAsync(Part("HSET"), _node.Names.Usage("2026-11-25"), Part("01 a chat"), real);
        Assert.Equal("a", Assert.Single(await Store.ReadAsync(Day, Day.AddDays(1), default)).Node);
    }

    private ValueTask PutAsync(string node) =>
        Store.PutAsync([new UsageRow(new DateTimeOffset(2026, 11, 24, 1, 0, 0, TimeSpan.Zero), "chat", node, new Usage { ClientUnits = 1, BytesSent = 5 })], default);
}
