using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Contains the scripts that change dead letters; each runs atomically in Redis. Keys: ids (sorted set, by name), failed (sorted set, by milliseconds),
/// letters (hash), bodies (hash), bytes (the size of all).
/// </summary>
internal static class DeadLetterScripts
{
    private const string Drop =
        "local function drop(id) "
        + "local size = redis.call('HSTRLEN', KEYS[3], id) + redis.call('HSTRLEN', KEYS[4], id) "
        + "redis.call('ZREM', KEYS[1], id) redis.call('ZREM', KEYS[2], id) redis.call('HDEL', KEYS[4], id) "
        + "local was = redis.call('HDEL', KEYS[3], id) "
        + "if size > 0 then redis.call('INCRBY', KEYS[5], -size) end return was end ";

    /// <summary>
    /// Arguments: id, letter, body, time of the failure, time before which letters are too old, maximum of bytes, maximum of letters, and
    /// time to live of the keys; times in milliseconds. Stores the letter, replaces one with the same id, and drops letters that are too old
    /// and, above the maxima, those that failed first. Returns the number dropped for the maxima.
    /// </summary>
    public static readonly ReadOnlyMemory<byte> Add = Part(
        Drop
        + "drop(ARGV[1]) "
        + "redis.call('HSET', KEYS[3], ARGV[1], ARGV[2]) redis.call('HSET', KEYS[4], ARGV[1], ARGV[3]) "
        + "redis.call('ZADD', KEYS[1], 0, ARGV[1]) redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1]) "
        + "redis.call('INCRBY', KEYS[5], #ARGV[2] + #ARGV[3]) "
        + "for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[5], 'LIMIT', 0, 200)) do drop(id) end "
        + "local dropped = 0 "
        + "while dropped < 1000 and redis.call('ZCARD', KEYS[2]) > 1 "
        + "and (tonumber(redis.call('GET', KEYS[5])) > tonumber(ARGV[6]) or redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[7])) do "
        + "drop(redis.call('ZRANGE', KEYS[2], 0, 0)[1]) dropped = dropped + 1 end "
        + "for i = 1, 5 do redis.call('PEXPIRE', KEYS[i], ARGV[8]) end return dropped");

    /// <summary>Argument: the id. Returns 1, or 0 if the letter does not exist.</summary>
    public static readonly ReadOnlyMemory<byte> Remove = Part(Drop + "return drop(ARGV[1])");
}
