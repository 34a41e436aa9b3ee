using System.Text;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Tests.Connections;
using Serverless.Gateway.Tests.Wire.Nodes;
using Serverless.Support.Redis;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Storage.Redis;

/// <summary>Tests a Redis that is unreachable, frozen, full, or restricted to the documented permissions.</summary>
public sealed class RedisStoreTests
{
    private readonly FakeTime _time = new();
    private readonly HubName _chat = TestClients.Hub("chat");

    [Fact]
    public async Task A_redis_that_is_gone_is_said_and_is_found_again_with_what_it_has_kept()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var node = await TestRedisStore.StartAsync(redis.Address, _time);
        await AddAsync(node, "g");
        Assert.Equal("Redis", node.Groups.State);
        await redis.KillAsync();
        await node.DownAsync();
        var failure = await Assert.ThrowsAsync<StoreUnavailableException>(() => GroupsAsync(node));
        Assert.Equal("Redis is unreachable", failure.Message);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => AddAsync(node, "h"));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await node.DeadLetters().ListAsync(null, null, null, 10, default));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await node.Usage.PutAsync([Row()], default));
        Assert.Equal("Unavailable", node.Groups.State);
        await redis.RestartAsync();
        await node.UpAsync();
        Assert.Equal(["g"], await GroupsAsync(node));
        Assert.Equal("Redis", node.Groups.State);
    }

    [Fact]
    public async Task A_redis_that_is_frozen_holds_no_caller_up_for_longer_than_the_limit()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await TestRedisStore.StartAsync(redis.Address, _time);
        await AddAsync(node, "g");
        redis.Freeze();
        try
        {
            var asked = GroupsAsync(node);
            _time.Advance(TimeSpan.FromSeconds(4));
            Assert.Contains("did not answer within 4 s", (await Assert.ThrowsAsync<StoreUnavailableException>(() => asked)).Message, StringComparison.Ordinal);

            // Later commands fail at once.
            await Assert.ThrowsAsync<StoreUnavailableException>(() => GroupsAsync(node));
        }
        finally
        {
            redis.Thaw();
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        await node.UpAsync();
        Assert.Equal(["g"], await GroupsAsync(node));
    }

    [Fact]
    public async Task A_redis_that_is_full_refuses_changes_and_goes_on_reading()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await TestRedisStore.StartAsync(redis.Address, _time);
        await AddAsync(node, "g");
        Assert.Equal("+OK", await redis.AskAsync("CONFIG SET maxmemory 1"));
        Assert.Contains("OOM", (await Assert.ThrowsAsync<StoreUnavailableException>(() => AddAsync(node, "h"))).Message, StringComparison.Ordinal);
        Assert.Equal(["g"], await GroupsAsync(node));
        Assert.Equal("Unavailable", node.Groups.State);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await node.Groups.ProbeAsync(default));
        Assert.Equal("+OK", await redis.AskAsync("CONFIG SET maxmemory 0"));
        await node.Groups.ProbeAsync(default);
        Assert.Equal("Redis", node.Groups.State);
    }

    [Fact]
    public async Task The_documented_rights_are_enough_for_everything_that_is_kept()
    {
        await using var redis = await RedisServer.StartAsync();
        Assert.Equal("+OK", await redis.AskAsync(RedisLoginTests.DocumentedRights("app").Replace("<password>", "opensesame", StringComparison.Ordinal)));
        await using var node = await TestRedisStore.StartAsync($"{redis.Address},user=gateway,password=opensesame,prefix=app", _time);
        await node.Groups.ProbeAsync(default);
        for (var i = 0; i < 102; i++)
        {
            await AddAsync(node, $"g{i}");
        }

        await node.Groups.AddAsync(_chat, "u1", "short", new Membership(_time.GetUtcNow().AddSeconds(1), true), default);
        await node.Groups.RemoveAsync(_chat, "u1", "g50", default);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(99, (await GroupsAsync(node)).Count());
        await node.Groups.RemoveAllAsync(_chat, "u1", default);
        await node.Groups.DeleteExpiredAsync(default);
        var letters = node.DeadLetters(maxLetters: 1);
        await letters.AddAsync(Letter("a", 0), default);
        await letters.AddAsync(Letter("b", 1), default);
        var kept = Assert.Single(await letters.ListAsync(_chat, "b", null, 10, default));
        Assert.NotNull(await letters.FindAsync(kept.Id, default));
        _time.Advance(TimeSpan.FromDays(31));
        await letters.AddAsync(Letter("c", 0), default);
        Assert.True(await letters.DeleteAsync(Letter("c", 0).Id, default));
        await node.Usage.PutAsync([Row()], default);
        var day = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);
        Assert.Single(await node.Usage.ReadAsync(day, day, default));
        Assert.DoesNotContain("NOPERM", string.Join('\n', await redis.ListAsync("ACL LOG")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_a_cluster_everything_is_kept_also_where_its_slot_moves()
    {
        await using var cluster = await RedisCluster.StartAsync();
        await using var node = await TestRedisStore.StartAsync(cluster.Address, _time);
        await AddAsync(node, "g");
        await node.DeadLetters().AddAsync(Letter("a", 0), default);
        await node.Usage.PutAsync([Row()], default);
        foreach (var key in (ReadOnlyMemory<byte>[])[node.Names.Groups(_chat, "u1")[0], node.Names.DeadLetters[0], node.Names.Keys])
        {
            var (slot, server) = await cluster.PlaceOfAsync(Encoding.UTF8.GetString(key.Span));
            await cluster.MoveAsync(slot, server, (server + 1) % 3);
        }

        await AddAsync(node, "h");
        await node.DeadLetters().AddAsync(Letter("b", 1), default);
        await node.Groups.ProbeAsync(default);
        await using var other = await TestRedisStore.StartAsync(cluster.Address, _time);
        Assert.Equal(["g", "h"], (await GroupsAsync(other)).Order());
        Assert.Equal(["a", "b"], (await other.DeadLetters().ListAsync(null, null, null, 10, default)).Select(letter => letter.EventId));
        var day = DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);
        Assert.Equal(Row(), Assert.Single(await other.Usage.ReadAsync(day, day, default)));
    }

    [Fact]
    public async Task Keys_that_redis_does_not_return_now_are_used_as_they_were_and_looked_at_later()
    {
        await using var redis = await RedisServer.StartAsync();
        var access = new Backplane.ChangingKeys("primary-key-0123456789-0123456789-0123456789");
        await using var node = await TestRedisStore.StartAsync(redis.Address, _time, access.Keys);
        await AddAsync(node, "g");
        access.Replace("next-key-0123456789-0123456789-0123456789-0");
        await redis.AskAsync($"RENAME {Encoding.UTF8.GetString(node.Names.Keys.Span)} aside");
        await redis.AskAsync($"SET {Encoding.UTF8.GetString(node.Names.Keys.Span)} text");
        Assert.Equal(["g"], await GroupsAsync(node));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await node.Groups.ProbeAsync(default));
        await redis.AskAsync($"RENAME aside {Encoding.UTF8.GetString(node.Names.Keys.Span)}");
        await node.Groups.ProbeAsync(default);
        await using var started = await TestRedisStore.StartAsync(redis.Address, _time, access.Keys);
        Assert.Equal(["g"], await GroupsAsync(started));
    }

    private Task AddAsync(TestRedisStore node, string group) =>
        node.Groups.AddAsync(_chat, "u1", group, new Membership(_time.GetUtcNow().AddDays(365), false), default).AsTask();

    private async Task<IEnumerable<string>> GroupsAsync(TestRedisStore node) => (await node.Groups.GroupsOfAsync(_chat, "u1", default)).Keys;

    private UsageRow Row() => new(_time.GetUtcNow(), "chat", "a", new Usage { ClientUnits = 1, MessagesSent = 3, BytesSent = 5, ConnectionsPeak = 8 });

    private DeadLetter Letter(string connection, int seconds) => new()
    {
        EventId = connection,
        Hub = _chat,
        ConnectionId = connection,
        Time = _time.GetUtcNow(),
        FailedAt = _time.GetUtcNow().AddSeconds(seconds),
        Category = "messages",
        EventName = "x",
        ContentType = "application/json",
        Reason = "status code 503",
        Body = "{}"u8.ToArray(),
        BodyLength = 2,
    };
}
