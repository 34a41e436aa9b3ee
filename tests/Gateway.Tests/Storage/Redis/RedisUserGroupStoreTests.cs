using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Tests.Connections;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Tests.Storage.Redis;

/// <summary>Runs the store's tests on Redis, and tests several nodes and another user of the Redis.</summary>
[Collection(SharedRedis.Name)]
public sealed class RedisUserGroupStoreTests(RedisFixture redis) : UserGroupStoreTests, IAsyncLifetime
{
    private const string Primary = "primary-key-0123456789-0123456789-0123456789";
    private const string Next = "next-key-0123456789-0123456789-0123456789-0";

    private readonly HubName _chat = TestClients.Hub("chat");
    private readonly string _address = redis?.NewAddress() ?? "";
    private TestRedisStore _node = null!;

    private protected override IUserGroupStore Store => _node.Groups;

    public async Task InitializeAsync() => _node = await TestRedisStore.StartAsync(_address, Time);

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task A_membership_outlives_the_node_that_stored_it()
    {
        await using (var first = await StartAsync())
        {
            await AddAsync(first, "u1", "g");
        }

        await using var second = await StartAsync();
        Assert.Equal(["g"], await GroupsAsync(second, "u1"));
    }

    [Fact]
    public async Task However_many_nodes_add_at_once_a_user_keeps_a_hundred_without_a_time_to_live()
    {
        await using var other = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 260).Select(i => AddAsync(i % 2 == 0 ? _node : other, "u1", $"g{i}", hasTimeToLive: false)));
        Assert.Equal(100, (await GroupsAsync(other, "u1")).Count());
    }

    [Fact]
    public async Task A_user_may_be_in_more_groups_than_a_page_holds()
    {
        await Task.WhenAll(Enumerable.Range(0, 1300).Select(i => AddAsync(_node, "u1", $"g{i}")));
        Assert.Equal(1300, (await GroupsAsync(_node, "u1")).Count());
    }

    [Fact]
    public async Task What_has_expired_is_removed_when_the_user_is_looked_at_and_the_rest_by_redis()
    {
        await AddAsync(_node, "u1", "short", days: 1);
        await AddAsync(_node, "u1", "long", days: 2);
        var keys = _node.Names.Groups(_chat, "u1");
        Assert.All(
            await Task.WhenAll(keys[..2].Select(key => _node.AskAsync(Part("PTTL"), key))),
            left => Assert.InRange(TimeSpan.FromMilliseconds(left.Number), TimeSpan.FromDays(2), TimeSpan.FromDays(2.1)));
        Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(["long"], await GroupsAsync(_node, "u1"));
        Assert.Equal((1, 1), ((await _node.AskAsync(Part("HLEN"), keys[0])).Number, (await _node.AskAsync(Part("ZCARD"), keys[1])).Number));
    }

    [Fact]
    public async Task A_membership_that_no_node_has_signed_does_not_count()
    {
        await AddAsync(_node, "u1", "g");
        var real = await ValueAsync("u1", "g");

        // Copied to another group and to another user, changed, without a signature, and of a deployment with other access keys.
        var changed = (byte[])real.Clone();
        changed[7] ^= 1;
        await WriteAsync("u1", "copied", real);
        await WriteAsync("u1", "changed", changed);
        await WriteAsync("u1", "unsigned", real[..8]);
        await WriteAsync("u1", "empty", []);
        await WriteAsync("u2", "g", real);
        await using var stranger = await TestRedisStore.StartAsync(_address, Time, TestKeys("the-key-of-another-deployment-0123456789"));
        await AddAsync(stranger, "u3", "g");
        Assert.Equal(["g"], await GroupsAsync(_node, "u1"));
        Assert.Empty(await GroupsAsync(_node, "u2"));
        Assert.Empty(await GroupsAsync(_node, "u3"));
    }

    [Fact]
    public async Task Memberships_stay_when_both_access_keys_are_replaced_one_after_the_other()
    {
        var access = new Backplane.ChangingKeys(Primary);
        await using (var node = await TestRedisStore.StartAsync(_address, Time, access.Keys))
        {
            await AddAsync(node, "u1", "g");
            foreach (var keys in (string[][])[[Primary, Next], [Next, Primary], [Next]])
            {
                access.Replace(keys);
                await node.Groups.ProbeAsync(default);
                await using var started = await TestRedisStore.StartAsync(_address, Time, TestKeys(keys));
                Assert.Equal(["g"], await GroupsAsync(started, "u1"));
            }

            await AddAsync(node, "u1", "h");
        }

        await using var old = await TestRedisStore.StartAsync(_address, Time, TestKeys(Primary));
        Assert.Empty(await GroupsAsync(old, "u1"));
        await using var last = await TestRedisStore.StartAsync(_address, Time, TestKeys(Next));
        Assert.Equal(["g", "h"], await GroupsAsync(last, "u1"));
    }

    [Fact]
    public async Task A_key_that_signs_no_more_is_kept_too_when_the_access_keys_are_replaced()
    {
        var access = new Backplane.ChangingKeys(Primary);
        await using var one = await TestRedisStore.StartAsync(_address, Time, access.Keys);
        await AddAsync(one, "u1", "g");
        await one.AskAsync(Part("DEL"), one.Names.Keys);
        await using var another = await TestRedisStore.StartAsync(_address, Time, access.Keys);
        await AddAsync(another, "u1", "h");
        await one.Groups.ProbeAsync(default);
        Assert.Equal(2, (await one.AskAsync(Part("HLEN"), one.Names.Keys)).Number);
        access.Replace(Next, Primary);
        await one.Groups.ProbeAsync(default);
        await using var last = await TestRedisStore.StartAsync(_address, Time, TestKeys(Next));
        Assert.Equal(["g", "h"], await GroupsAsync(last, "u1"));
    }

    [Fact]
    public async Task Nodes_that_start_together_on_an_empty_redis_verify_each_others_memberships()
    {
        var nodes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => StartAsync()));
        await Task.WhenAll(nodes.Select((node, i) => AddAsync(node, "u1", $"g{i}")));
        foreach (var node in nodes)
        {
            Assert.Equal(6, (await GroupsAsync(node, "u1")).Count());
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_key_that_redis_has_lost_is_put_back()
    {
        await AddAsync(_node, "u1", "g");
        await _node.AskAsync(Part("DEL"), _node.Names.Keys);
        await _node.Groups.ProbeAsync(default);
        await using var other = await StartAsync();
        Assert.Equal(["g"], await GroupsAsync(other, "u1"));
    }

    [Fact]
    public void All_keys_that_a_script_changes_share_a_slot()
    {
        foreach (var keys in (ReadOnlyMemory<byte>[][])[_node.Names.DeadLetters, _node.Names.Groups(_chat, "u1")])
        {
            Assert.Single(keys.Select(key => HashSlot.Of(key.Span)).Distinct());
        }

        Assert.NotEqual(HashSlot.Of(_node.Names.Groups(_chat, "u1")[0].Span), HashSlot.Of(_node.Names.Groups(_chat, "u2")[0].Span));
    }

    private static Gateway.Access.AccessKeys TestKeys(params string[] keys) => Backplane.TestSigner.Keys(keys);

    private Task<TestRedisStore> StartAsync() => TestRedisStore.StartAsync(_address, Time);

    private Task AddAsync(TestRedisStore node, string user, string group, bool hasTimeToLive = true, int days = 1) =>
        node.Groups.AddAsync(_chat, user, group, new Membership(Time.GetUtcNow().AddDays(days), hasTimeToLive), default).AsTask();

    private async Task<IEnumerable<string>> GroupsAsync(TestRedisStore node, string user) =>
        (await node.Groups.GroupsOfAsync(_chat, user, default)).Keys.Order();

    private async Task<byte[]> ValueAsync(string user, string group) =>
        (await _node.AskAsync(Part("HGET"), _node.Names.Groups(_chat, user)[0], Part(group))).Bytes;

    private Task<RespValue> WriteAsync(string user, string group, byte[] value) =>
        _node.AskAsync(Part("HSET"), _node.Names.Groups(_chat, user)[0], Part(group), value);
}
