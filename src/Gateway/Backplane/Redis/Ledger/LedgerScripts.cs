using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Ledger;

/// <summary>
/// Provides the scripts that Redis executes as a whole, so that a node is not declared lost between two commands. All keys are of one life, and
/// so of one slot.
/// </summary>
internal static class LedgerScripts
{
    /// <summary>Keys: gone, beat. Argument: the time-out. Returns 1, or 0 if the life was declared lost.</summary>
    public static readonly ReadOnlyMemory<byte> Beat = Part(
        "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end redis.call('SET', KEYS[2], '1', 'PX', ARGV[1]) return 1");

    /// <summary>
    /// Keys: gone, ledger. Arguments: ids and entries in turn. Returns 1, or 0 if the life was declared lost, and then records nothing.
    /// </summary>
    public static readonly ReadOnlyMemory<byte> Note = Part(
        "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end redis.call('HSET', KEYS[2], unpack(ARGV)) return 1");

    /// <summary>
    /// Keys: lease, gone, beat, ledger. Arguments: the node that takes over, the time of the lease, and the time for which the loss is recorded.
    /// Returns two numbers. The first is 0 if another node has the lease or the life has a beat after all, 1 if the life is declared lost by
    /// this call, 2 if it was before. The second is the number of connections left. The owner of the lease may take over again.
    /// </summary>
    public static readonly ReadOnlyMemory<byte> TakeOver = Part(
        "local holder = redis.call('GET', KEYS[1]) "
        + "if (holder and holder ~= ARGV[1]) or redis.call('EXISTS', KEYS[3]) == 1 then return {0, 0} end "
        + "local before = redis.call('EXISTS', KEYS[2]) "
        + "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3]) "
        + "return {1 + before, redis.call('HLEN', KEYS[4])}");

    /// <summary>Keys: lease. Arguments: its owner and the time from now on. Returns 1, or 0 if this node has lost the lease.</summary>
    public static readonly ReadOnlyMemory<byte> Renew = Part(
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('PEXPIRE', KEYS[1], ARGV[2])");

    /// <summary>
    /// Keys: lease, ledger. Arguments: the lease's owner, its time from now on, HSCAN's cursor and count. Returns HSCAN's answer, or null if
    /// this node has lost the lease.
    /// </summary>
    public static readonly ReadOnlyMemory<byte> Page = Part(
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end redis.call('PEXPIRE', KEYS[1], ARGV[2]) "
        + "return redis.call('HSCAN', KEYS[2], ARGV[3], 'COUNT', ARGV[4])");

    /// <summary>Keys: lease. Argument: the node that releases the lease if it owns it.</summary>
    public static readonly ReadOnlyMemory<byte> Release = Part(
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0");
}
