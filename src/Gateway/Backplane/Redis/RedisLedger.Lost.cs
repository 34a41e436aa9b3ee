using static Serverless.Gateway.Backplane.Redis.RespConnection;

namespace Serverless.Gateway.Backplane.Redis;

// The lives of nodes that are silent.
internal sealed partial class RedisLedger
{
    // So each is watched by as many, and a thousand nodes do not ask a million things at each beat.
    private const int WatchedLives = 8;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(7);

    public async ValueTask<IReadOnlyList<string>> FindLostAsync()
    {
        long? heardSince;
        string own;
        lock (_gate)
        {
            heardSince = _heardSince;
            own = _life.Name;
        }

        // Who could not reach Redis for a while, or was refused by it, does not know who else could.
        if (link.UpSince is not { } since || time.GetElapsedTime(since) < timeout
            || heardSince is not { } heard || time.GetElapsedTime(heard) < timeout
            || await link.TryAskAsync(Part("HKEYS"), Nodes) is not { } lives)
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

    public async ValueTask<IReadOnlyList<LedgerEntry>?> TryTakeOverAsync(string life)
    {
        var lease = await link.TryAskAsync(
            Part("SET"), Key("lease", life), Part(node.Value), Part("NX"), Part("PX"), Milliseconds(Lease));
        if (lease is not { Kind: '+' })
        {
            return null;
        }

        // It may only be frozen: when it wakes it finds this, and that its connections to Redis are gone.
        var given = await link.TryRunAsync(
            LedgerScripts.GiveUp, [Key("gone", life), Key("beat", life)], Part(node.Value), Milliseconds(LongestSleep));
        if (given is null or { Number: 0 })
        {
            await link.TryAskAsync(Part("DEL"), Key("lease", life));
            return null;
        }

        if (given.Number == 1)
        {
            await EndConnectionsAsync(LedgerLife.NodeOf(life));
        }

        if (await link.TryAskAsync(Part("HGETALL"), Key("ledger", life)) is not { } ledger)
        {
            return null;
        }

        var entries = new List<LedgerEntry>();
        for (var i = 0; i + 1 < ledger.Items.Count; i += 2)
        {
            if (LedgerEntryFormat.Decode(ledger.Items[i].Text, ledger.Items[i + 1].Bytes) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    public async ValueTask<bool> RenewAsync(string life)
    {
        // While Redis is away nobody else can take it either.
        if (await link.TryAskAsync(Part("GET"), Key("lease", life)) is not { } holder)
        {
            return true;
        }

        return holder.Text == node.Value
            && await link.TryAskAsync(Part("PEXPIRE"), Key("lease", life), Milliseconds(Lease)) is not { Kind: ':', Number: 0 };
    }

    public async ValueTask ReportedAsync(string life, string connectionId) =>
        await link.TryAskAsync(Part("HDEL"), Key("ledger", life), Part(connectionId));

    public async ValueTask CloseAsync(string life)
    {
        await link.TryAskAsync(Part("HDEL"), Nodes, Part(life));
        await link.TryAskAsync(Part("DEL"), Key("ledger", life), Key("lease", life));
    }

    // The others in the order in which all nodes see them, from this one on.
    private static IEnumerable<string> RingBehind(string own, IEnumerable<string> lives)
    {
        var others = lives.Where(life => life != own).Order(StringComparer.Ordinal).ToArray();
        return others.Where(life => string.CompareOrdinal(life, own) > 0).Concat(others.Where(life => string.CompareOrdinal(life, own) < 0));
    }

    // A frozen process still counts as a subscriber, and others would wait for its answers.
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
