using static Serverless.Gateway.Backplane.Redis.RespConnection;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>What runs whole in Redis, so that a node is not given up between two of its lines. All keys are of one life, and so of one slot.</summary>
internal static class LedgerScripts
{
    /// <summary>Keys: gone, beat. Argument: the time-out. 1, or 0 where the life was given up.</summary>
    public static readonly ReadOnlyMemory<byte> Beat = Part(
        "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end redis.call('SET', KEYS[2], '1', 'PX', ARGV[1]) return 1");

    /// <summary>Keys: gone, ledger. Arguments: ids and entries in turn. 1, or 0 where the life was given up, and nothing is noted.</summary>
    public static readonly ReadOnlyMemory<byte> Note = Part(
        "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end redis.call('HSET', KEYS[2], unpack(ARGV)) return 1");

    /// <summary>
    /// Keys: gone, beat. Arguments: who gives the life up, and how long that is known. 0 where the life is heard of after all; 1 where it has
    /// been given up; 2 where it had been before.
    /// </summary>
    public static readonly ReadOnlyMemory<byte> GiveUp = Part(
        "if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end "
        + "local before = redis.call('EXISTS', KEYS[1]) redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1 + before");
}
