using System.Collections.Concurrent;
using System.Globalization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Shards;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Messaging;

/// <summary>
/// Claims connection ids, so that a connection token can be used once on all nodes together. A claim is a key in Redis that only one node can
/// set. While Redis does not answer, only the node that made the id, its home, accepts a client with it. Safe for many threads.
/// </summary>
/// <remarks>
/// Another node notifies the home before it claims, over the same Redis, so that the home knows of a granted claim even if Redis freezes after
/// it. The home claims later in Redis what it has granted without Redis.
/// </remarks>
internal sealed class TokenClaims(NodeId node, RedisLink link, TimeProvider time)
{
    private static readonly TimeSpan MaxClaim = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    // Ids that other nodes have claimed; ids granted here without Redis; ids refused here without Redis, which stay refused, because the claim
    // may have reached Redis all the same. The value is the clock reading at which an id expires.
    private readonly ConcurrentDictionary<string, long> _elsewhere = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _unclaimed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _undecided = new(StringComparer.Ordinal);
    private long _lookedAt;

    /// <summary>Claims an id for a time.</summary>
    /// <param name="connectionId">The id.</param>
    /// <param name="life">The time for which a token for it can be used.</param>
    /// <param name="tellHome">Notifies the home node that this node is about to claim the id.</param>
    public async ValueTask<Claim> ClaimAsync(string connectionId, TimeSpan life, Action<string> tellHome)
    {
        var home = RedisNames.HomeOf(connectionId);
        if (home != node.Value)
        {
            if (_undecided.ContainsKey(connectionId))
            {
                return Claim.Unknown;
            }

            if (home is not null && link.State != RedisState.Unavailable)
            {
                tellHome(home);
            }

            var answer = await AskAsync(connectionId, life);
            if (answer == Claim.Unknown)
            {
                Add(_undecided, connectionId, life);
            }

            return answer;
        }

        if (!_elsewhere.ContainsKey(connectionId) && await AskAsync(connectionId, life) is var claim and not Claim.Unknown)
        {
            return claim;
        }

        if (_elsewhere.ContainsKey(connectionId))
        {
            return Claim.Taken;
        }

        Add(_unclaimed, connectionId, life);
        return Claim.Granted;
    }

    /// <summary>Notes that another node is about to claim an id that was made here.</summary>
    public void NoteElsewhere(string connectionId, TimeSpan life) => Add(_elsewhere, connectionId, life);

    /// <summary>Claims the ids that were granted while Redis was unreachable. Does not wait.</summary>
    public void Resume()
    {
        foreach (var (id, end) in _unclaimed)
        {
            if (_unclaimed.TryRemove(id, out _) && time.GetElapsedTime(time.GetTimestamp(), end) is var left && left > TimeSpan.Zero)
            {
                _ = AskAsync(id, left).AsTask();
            }
        }
    }

    private async ValueTask<Claim> AskAsync(string connectionId, TimeSpan life)
    {
        var milliseconds = Math.Max(1, (long)life.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        try
        {
            var answer = await link
                .TryAskAsync(Part("SET"), Part(link.Names.Claim(connectionId)), Part("1"), Part("NX"), Part("PX"), Part(milliseconds))
                .AsTask()
                .WaitAsync(MaxClaim, time);
            return answer switch
            {
                null => Claim.Unknown,
                { Kind: '_' } => Claim.Taken,
                _ => Claim.Granted,
            };
        }
        catch (TimeoutException)
        {
            return Claim.Unknown;
        }
    }

    private void Add(ConcurrentDictionary<string, long> ids, string connectionId, TimeSpan life)
    {
        var now = time.GetTimestamp();
        ids[connectionId] = now + (long)(life.TotalSeconds * time.TimestampFrequency);
        var lookedAt = Volatile.Read(ref _lookedAt);
        if (time.GetElapsedTime(lookedAt, now) > Look && Interlocked.CompareExchange(ref _lookedAt, now, lookedAt) == lookedAt)
        {
            Forget(_elsewhere, now);
            Forget(_unclaimed, now);
            Forget(_undecided, now);
        }
    }

    private static void Forget(ConcurrentDictionary<string, long> ids, long now)
    {
        foreach (var (id, end) in ids)
        {
            if (end < now)
            {
                ids.TryRemove(id, out _);
            }
        }
    }
}
