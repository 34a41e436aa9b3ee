using System.Buffers;
using System.Text;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;

namespace Serverless.Gateway.Tests.Backplane;

/// <summary>Tests how a cluster's slots and answers are read, without a cluster.</summary>
public sealed class RedisClusterTests
{
    private static readonly RedisEndpoint Teller = new("10.0.0.1", 7000);

    [Theory]
    [InlineData("123456789", 0x31C3)] // from the specification's appendix
    [InlineData("foo", 12182)]
    [InlineData("{user1000}.following", 3443)]
    [InlineData("{user1000}.followers", 3443)]
    [InlineData("foo{{bar}}zap", 4015)] // the text between the first brace and the next closing one: {bar
    [InlineData("foo{bar}{zap}", 5061)] // bar
    [InlineData("bar", 5061)]
    public void A_key_s_slot_is_redis_s(string key, int slot) => Assert.Equal(slot, HashSlot.Of(key));

    [Fact]
    public void Empty_braces_do_not_count() => Assert.NotEqual(HashSlot.Of(""), HashSlot.Of("foo{}{bar}"));

    [Fact]
    public void All_channels_of_a_hub_are_in_one_slot_and_all_keys_of_a_node()
    {
        Assert.True(HubName.TryParseJoined("app_chat.[1]", out var hub));
        string[] names =
        [
            new RedisNames().Of(hub, TargetKind.All, ""), new RedisNames().Of(hub, TargetKind.Group, "g{x}"), new RedisNames().Of(hub, TargetKind.User, "}{"),
            new RedisNames().Of(hub, TargetKind.Connection, "c"), new RedisNames().Home(hub, "node"),
        ];
        Assert.Single(names.Select(HashSlot.Of).Distinct());
    }

    [Theory]
    [InlineData("MOVED 3999 127.0.0.1:6381", "MOVED 127.0.0.1:6381")]
    [InlineData("MOVED 3999 :6381", "MOVED 10.0.0.1:6381")] // the server that answers it
    [InlineData("MOVED 3999 ::1:6381", "MOVED ::1:6381")]
    [InlineData("ASK 3999 redis.example.com:6381", "ASK redis.example.com:6381")]
    [InlineData("CLUSTERDOWN The cluster is down", "CLUSTERDOWN ")]
    [InlineData("TRYAGAIN Multiple keys request during rehashing of slot", "TRYAGAIN ")]
    [InlineData("LOADING Redis is loading the dataset in memory", "LOADING ")]
    [InlineData("NOPERM this user has no permissions", null)]
    [InlineData("MOVED", null)]
    [InlineData("MOVED 1 nowhere", null)]
    public void A_server_that_does_not_do_a_command_says_where_it_is_done(string error, string? expected) =>
        Assert.Equal(expected, RedisRedirection.Read(error, Teller) is { } there ? $"{there.Kind} {there.Server}" : null);

    [Fact]
    public void Servers_are_read_with_the_slots_that_they_have()
    {
        var topology = RedisTopology.Read(
            Value(
                "*3\r\n"
                + "*3\r\n:0\r\n:5460\r\n*3\r\n$9\r\n127.0.0.1\r\n:7001\r\n$2\r\nid\r\n"
                + "*4\r\n:5461\r\n:5461\r\n*4\r\n_\r\n:7002\r\n$2\r\nid\r\n%0\r\n*3\r\n$9\r\n127.0.0.1\r\n:7009\r\n$2\r\nid\r\n"
                + "*3\r\n:16383\r\n:16383\r\n*3\r\n$1\r\n?\r\n:7003\r\n$2\r\nid\r\n"),
            Teller);
        Assert.True(topology.IsCluster);
        Assert.Equal(new RedisEndpoint("127.0.0.1", 7001), topology.OwnerOf(0));
        Assert.Equal(new RedisEndpoint("127.0.0.1", 7001), topology.OwnerOf(5460));
        Assert.Equal(new RedisEndpoint("10.0.0.1", 7002), topology.OwnerOf(5461));
        Assert.Null(topology.OwnerOf(5462));
        Assert.Equal(new RedisEndpoint("10.0.0.1", 7003), topology.OwnerOf(16383));
    }

    [Fact]
    public void Pauses_between_attempts_grow_within_a_bound_and_differ_between_nodes()
    {
        var (one, other) = (new RedisBackoff(new Random(1)), new RedisBackoff(new Random(2)));
        var pauses = Enumerable.Range(0, 10).Select(_ => (One: one.Next(), Other: other.Next())).ToList();
        Assert.All(pauses, pause => Assert.NotEqual(pause.One, pause.Other));
        for (var i = 0; i < pauses.Count; i++)
        {
            var middle = Math.Min(RedisBackoff.Least.TotalMilliseconds * (1 << i), RedisBackoff.MaxPause.TotalMilliseconds);
            Assert.InRange(pauses[i].One.TotalMilliseconds, middle / 2, middle * 3 / 2);
        }

        one.Reset();
        Assert.InRange(one.Next(), RedisBackoff.Least / 2, RedisBackoff.Least * 1.5);
    }

    [Fact]
    public void What_redis_repeats_of_a_command_it_does_not_know_is_not_repeated_again() => Assert.Equal(
        "ERR unknown command 'HELLO'",
        new RedisException("ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'opensesame' ").Message);

    private static RespValue Value(string text)
    {
        var bytes = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(text));
        Assert.True(new RespReader(RespLimits.Default).TryRead(ref bytes, out var value));
        return value;
    }
}
