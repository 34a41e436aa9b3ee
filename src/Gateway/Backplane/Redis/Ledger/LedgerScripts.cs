using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Ledger;

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
    /// Keys: lease, gone, beat, ledger. Arguments: who takes over, how long the lease is, and how long is known that the life was given up.
    /// Two numbers: 0 where another node has the lease or the life is heard of after all, 1 where the life has been given up, 2 where it had
    /// been before; and how many connections are left. Who has the lease may take over again.
    /// </summary>
    public static readonly ReadOnlyMemory<byte> TakeOver = Part(
        "local holder = redis.call('GET', KEYS[1]) "
        + "if (holder and holder ~= ARGV[1]) or redis.call('EXISTS', KEYS[3]) == 1 then return {0, 0} end "
        + "local before = redis.call('EXISTS', KEYS[2]) "
        + "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3]) "
        + "return {1 + before, redis.call('HLEN', KEYS[4])}");

    /// <summary>Keys: lease. Arguments: who has it, and how long it is from now on. 1, or 0 where it is not this node's any more.</summary>
    public static readonly ReadOnlyMemory<byte> Renew = Part(
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('PEXPIRE', KEYS[1], ARGV[2])");

    /// <summary>
    /// Keys: lease, ledger. Arguments: who has the lease, how long it is from now on, HSCAN's cursor and count. HSCAN's answer, or null where
    /// the lease is not this node's any more.
    /// </summary>
    public static readonly ReadOnlyMemory<byte> Page = Part(
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end redis.call('PEXPIRE', KEYS[1], ARGV[2]) "
        + "return redis.call('HSCAN', KEYS[2], ARGV[3], 'COUNT', ARGV[4])");

    /// <summary>Keys: lease. Argument: who gives it back, if it is its own.</summary>
    public static readonly ReadOnlyMemory<byte> Release = Part(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0");
}
