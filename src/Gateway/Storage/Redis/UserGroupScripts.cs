using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Contains the scripts that change one user's memberships; each runs atomically in Redis. Keys: groups (hash, group to signed end), ends (sorted set, by
/// milliseconds), lasting (sorted set, those without a time to live in the order in which they were added).
/// </summary>
internal static class UserGroupScripts
{
    private const string Drop =
        "local function drop(group) redis.call('HDEL', KEYS[1], group) redis.call('ZREM', KEYS[2], group) redis.call('ZREM', KEYS[3], group) end ";

    // The maximum that one run removes.
    private const string DropExpired =
        "for _, group in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, 200)) do drop(group) end ";

    /// <summary>
    /// Arguments: the time now, the group, its value, its expiry, 1 for a membership without a time to live, the maximum of those, and the time
    /// for which the keys outlive the latest expiry; times in milliseconds. Expired memberships are removed.
    /// </summary>
    public static readonly ReadOnlyMemory<byte> Add = Part(
        Drop + DropExpired
        + "redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) redis.call('ZADD', KEYS[2], ARGV[4], ARGV[2]) redis.call('ZREM', KEYS[3], ARGV[2]) "
        + "if ARGV[5] == '1' then "
        + "local last = redis.call('ZREVRANGE', KEYS[3], 0, 0, 'WITHSCORES') "
        + "redis.call('ZADD', KEYS[3], string.format('%.0f', tonumber(last[2] or '0') + 1), ARGV[2]) "
        + "local over = redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[6]) "
        + "if over > 0 then for _, group in ipairs(redis.call('ZRANGE', KEYS[3], 0, over - 1)) do drop(group) end end end "
        + "local latest = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2] "
        + "local left = string.format('%.0f', math.max(tonumber(latest) - tonumber(ARGV[1]), 0) + tonumber(ARGV[7])) "
        + "for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], left) end return 1");

    /// <summary>Argument: the group.</summary>
    public static readonly ReadOnlyMemory<byte> Remove = Part(Drop + "drop(ARGV[1]) return 1");

    /// <summary>Argument: the time now in milliseconds.</summary>
    public static readonly ReadOnlyMemory<byte> RemoveExpired = Part(Drop + DropExpired + "return 1");
}
