using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Storage;
using Serverless.Support.Redis;
using Serverless.Support.Time;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Tests.Storage.Redis;

/// <summary>Runs the tests of dead-letter stores on Redis, and tests its maxima and values that others write.</summary>
[Collection(SharedRedis.Name)]
public sealed class RedisDeadLetterStoreTests(RedisFixture redis) : DeadLetterStoreTests, IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly string _address = redis?.NewAddress() ?? "";
    private TestRedisStore _node = null!;

    private protected override IDeadLetterStore Store => _node.DeadLetters();

    public async Task InitializeAsync()
    {
        // The letters of the contract tests are from November.
        _node = await TestRedisStore.StartAsync(_address, new StoppedTime(Letter("a", 1, 1).FailedAt));
    }

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task Beyond_the_most_bytes_the_letters_that_failed_first_are_dropped()
    {
        var store = _node.DeadLetters(maxBytes: 30_000);
        for (var i = 0; i < 5; i++)
        {
            var letter = Letter("a", i + 1, 100 - i);
            await store.AddAsync(letter with { FailedAt = letter.FailedAt.AddSeconds(i), Body = new byte[10_000] }, default);
        }

        Assert.Equal(["a.5", "a.4"], await IdsAsync(store));
        var size = long.Parse((await _node.AskAsync(Part("GET"), _node.Names.DeadLetters[4])).Text, null);
        Assert.InRange(size, 20_000, 22_000);
        await store.DeleteAsync(Letter("a", 5, 96).Id, default);
        await store.DeleteAsync(Letter("a", 4, 97).Id, default);
        Assert.Equal("0", (await _node.AskAsync(Part("GET"), _node.Names.DeadLetters[4])).Text);
    }

    [Fact]
    public async Task Beyond_the_most_letters_those_that_failed_first_are_dropped()
    {
        var store = _node.DeadLetters(maxLetters: 3);
        for (var i = 0; i < 7; i++)
        {
            await store.AddAsync(Letter("a", i, i) with { FailedAt = Letter("a", i, i).FailedAt.AddSeconds(i) }, default);
        }

        Assert.Equal(["a.4", "a.5", "a.6"], await IdsAsync(store));
    }

    [Fact]
    public async Task A_letter_is_kept_for_thirty_days()
    {
        var old = Letter("a", 1, 1);
        await Store.AddAsync(old, default);
        await using var later = await TestRedisStore.StartAsync(_address, new StoppedTime(old.FailedAt.AddDays(31)));
        await later.DeadLetters().AddAsync(Letter("a", 2, 2) with { FailedAt = old.FailedAt.AddDays(31) }, default);
        Assert.Equal(["a.2"], await IdsAsync(Store));
        foreach (var key in _node.Names.DeadLetters)
        {
            Assert.InRange(TimeSpan.FromMilliseconds((await _node.AskAsync(Part("PTTL"), key)).Number), TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));
        }
    }

    [Fact]
    public async Task A_list_goes_on_behind_more_letters_than_a_page_holds_also_for_one_connection()
    {
        await Task.WhenAll(Enumerable.Range(0, 230).Select(i => Store.AddAsync(Letter(i % 50 == 0 ? "rare" : "a", i, i), default).AsTask()));
        Assert.Equal(230, (await IdsAsync(Store)).Count);
        Assert.Equal(
            ["rare.0", "rare.50", "rare.100", "rare.150", "rare.200"],
            (await Store.ListAsync(null, "rare", null, 10, default)).Select(letter => letter.EventId));
    }

    [Fact]
    public async Task A_letter_or_a_body_that_no_node_has_signed_is_not_replayed()
    {
        await Store.AddAsync(Letter("a", 1, 1), default);
        await Store.AddAsync(Letter("a", 2, 2), default);
        var ids = new[] { Letter("a", 1, 1).Id, Letter("a", 2, 2).Id };
        var real = (await _node.AskAsync(Part("HGET"), _node.Names.DeadLetters[2], Part(ids[0].ToString()))).Bytes;
        await _node.AskAsync(Part("HSET"), _node.Names.DeadLetters[2], Part(ids[1].ToString()), real);
        await _node.AskAsync(Part("HSET"), _node.Names.DeadLetters[3], Part(ids[0].ToString()), Part("[\"forged\"]"));
        Assert.Equal(["a.1"], await IdsAsync(Store));
        Assert.Null(await Store.FindAsync(ids[0], default));
        Assert.Null(await Store.FindAsync(ids[1], default));
    }

    [Fact]
    public async Task Letters_that_come_while_redis_is_away_wait_and_are_stored_when_it_is_back()
    {
        await using var own = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var node = await TestRedisStore.StartAsync(own.Address, _time);
        var waiting = new InMemoryDeadLetterStore(NullLogger<InMemoryDeadLetterStore>.Instance);
        using var store = new DurableDeadLetterStore(node.DeadLetters(), waiting, _time, NullLogger<DurableDeadLetterStore>.Instance);
        await store.AddAsync(Now("a", 1), default);
        await own.KillAsync();
        await node.DownAsync();
        await store.AddAsync(Now("a", 2), default);
        await store.MoveAsync();
        Assert.Equal(["a.2"], (await waiting.ListAsync(null, null, null, 10, default)).Select(letter => letter.EventId));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.ListAsync(null, null, null, 10, default));

        await own.RestartAsync();
        await node.UpAsync();
        await store.MoveAsync();
        Assert.Equal(["a.1", "a.2"], await IdsAsync(store));
        Assert.Empty(await waiting.ListAsync(null, null, null, 10, default));
    }

    private DeadLetter Now(string connection, int sequence) => Letter(connection, sequence, sequence) with { FailedAt = _time.GetUtcNow() };

    private static async Task<List<string>> IdsAsync(IDeadLetterStore store) =>
        [.. (await store.ListAsync(null, null, null, 1000, default)).Select(letter => letter.EventId)];

    // A clock that does not advance.
    private sealed class StoppedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
