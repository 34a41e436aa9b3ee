using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Backplane.Redis.Shards;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Ledger;

// Finds and takes over the lives of lost nodes.
internal sealed partial class RedisLedger
{
    // Each life is watched by as many nodes; a thousand nodes do not send a million commands at each beat.
    private const int WatchedLives = 8;

    private static readonly TimeSpan MaxSleep = TimeSpan.FromDays(7);

    public async ValueTask<IReadOnlyList<string>> FindLostAsync()
    {
        long? heardSince;
        string own;
        lock (_gate)
        {
            heardSince = _heardSince;
            own = _life.Name;
        }

        // A node that could not reach Redis for a while, or was refused, does not know whether others could.
        if (link.UpSince is not { } since || time.GetElapsedTime(since) < timeout
            || heardSince is not { } heard || time.GetElapsedTime(heard) < timeout
            || await link.TryAskAsync(Part("HKEYS"), _nodes) is not { } lives)
        {
            return [];
        }

        var lost = new List<string>();
        var living = 0;
        foreach (var life in RingBehind(own, lives.Items.Select(item => item.Text)))
        {
            if (await link.TryAskAsync(Part("EXISTS"), Key("beat", life)) is not { } beat)
            {
                continue;
            }

            if (beat.Number == 0)
            {
                lost.Add(life);
            }
            else if (++living == WatchedLives)
            {
                break;
            }
        }

        return lost;
    }

    public async ValueTask<ILostLedger?> TryTakeOverAsync(string life)
    {
        // The node may only be frozen: when it continues, it finds that it was declared lost and that its connections to Redis are gone.
        var takenAt = time.GetTimestamp();
        var taken = await link.TryRunAsync(
            LedgerScripts.TakeOver,
            [Key("lease", life), Key("gone", life), Key("beat", life), Key("ledger", life)],
            Part(node.Value),
            Milliseconds(RedisLostLedger.Lease),
            Milliseconds(MaxSleep));
        if (taken is not { Items: [{ Number: > 0 } given, { } connections] })
        {
            return null;
        }

        var lost = new RedisLostLedger(node, life, connections.Number, takenAt, (id, bytes) => ReadEntry(life, id, bytes), link, time);
        if (given.Number == 1)
        {
            await EndConnectionsAsync(LedgerLife.NodeOf(life));
        }

        return lost;
    }

    // The other lives, in an order that is the same on all nodes, starting behind this one.
    private static IEnumerable<string> RingBehind(string own, IEnumerable<string> lives)
    {
        var others = lives.Where(life => life != own).Order(StringComparer.Ordinal).ToArray();
        return others.Where(life => string.CompareOrdinal(life, own) > 0).Concat(others.Where(life => string.CompareOrdinal(life, own) < 0));
    }

    // A frozen process still counts as a subscriber, so other nodes would wait for its answers.
    private async ValueTask EndConnectionsAsync(string lost)
    {
        foreach (var server in link.Open)
        {
            if (await link.TryAskAsync(server, Part("CLIENT"), Part("LIST")) is not { } clients)
            {
                continue;
            }

            foreach (var client in clients.Text.Split('\n').Where(client => client.Contains($" name={RedisLogin.NameOf(lost)} ", StringComparison.Ordinal)))
            {
                var id = client.Split(' ')[0]["id=".Length..];
                await link.TryAskAsync(server, Part("CLIENT"), Part("KILL"), Part("ID"), Part(id));
            }
        }
    }
}
