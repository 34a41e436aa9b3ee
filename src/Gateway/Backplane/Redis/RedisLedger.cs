using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using Serverless.Gateway.Addressing;
using Serverless.Protocol.MessagePack;
using static Serverless.Gateway.Backplane.Redis.RespConnection;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>
/// The ledger in Redis. <c>sg:nodes</c> (hash) has the nodes, <c>sg:beat:{node}</c> ends a time-out after the last beat,
/// <c>sg:ledger:{node}</c> (hash) has a node's connections, <c>sg:lease:{node}</c> who reports a lost one, <c>sg:gone:{node}</c> that it
/// was given up. The braces are part of the names: all of a node's keys share a slot of a cluster.
/// </summary>
internal sealed class RedisLedger(NodeId node, RedisLink link, TimeSpan timeout, TimeProvider time) : INodeLedger
{
    private const int EntriesPerCommand = 200;

    private static readonly TimeSpan LongestNote = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromDays(7);
    private static readonly ReadOnlyMemory<byte> Nodes = Part("sg:nodes");

    private readonly ConcurrentDictionary<string, byte[]> _own = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _ended = new(StringComparer.Ordinal);
    private long _written;

    public async ValueTask AddAsync(LedgerEntry entry)
    {
        var bytes = Encode(entry);
        _own[entry.ConnectionId] = bytes;
        try
        {
            await link.TryAskAsync(Part("HSET"), Key("ledger", node.Value), Part(entry.ConnectionId), bytes).AsTask().WaitAsync(LongestNote, time);
        }
        catch (TimeoutException)
        {
            // Redis is silent, which the link is about to notice; a client does not wait for that. All is noted anew on the next connection.
        }
    }

    public void Remove(string connectionId)
    {
        if (_own.TryRemove(connectionId, out _))
        {
            _ = RemoveAsync(connectionId);
        }
    }

    public async ValueTask<bool> BeatAsync()
    {
        if (await link.TryAskAsync(Part("EXISTS"), Key("gone", node.Value)) is { } gone && gone.Number > 0)
        {
            _own.Clear();
            await link.TryAskAsync(Part("DEL"), Key("gone", node.Value));
            return false;
        }

        foreach (var (ended, _) in _ended)
        {
            if (await link.TryAskAsync(Part("HDEL"), Key("ledger", node.Value), Part(ended)) is null)
            {
                break;
            }

            _ended.TryRemove(ended, out _);
        }

        var connections = link.Connections;
        await link.TryAskAsync(Part("SET"), Key("beat", node.Value), Part("1"), Part("PX"), Milliseconds(timeout));
        await link.TryAskAsync(Part("HSET"), Nodes, Part(node.Value), Part("1"));
        if (connections != _written)
        {
            // Another Redis, or the same without its data.
            foreach (var entries in _own.Chunk(EntriesPerCommand))
            {
                await link.TryAskAsync([
                    Part("HSET"), Key("ledger", node.Value), .. entries.SelectMany(entry => (ReadOnlyMemory<byte>[])[Part(entry.Key), entry.Value])]);
            }

            _written = connections;
        }

        return true;
    }

    public async ValueTask<IReadOnlyList<string>> FindLostAsync()
    {
        // Who could not reach Redis for a while does not know who else could.
        if (link.UpSince is not { } since || time.GetElapsedTime(since) < timeout
            || await link.TryAskAsync(Part("HKEYS"), Nodes) is not { } nodes)
        {
            return [];
        }

        var lost = new List<string>();
        foreach (var other in nodes.Items.Select(item => item.Text).Where(other => other != node.Value))
        {
            if (await link.TryAskAsync(Part("EXISTS"), Key("beat", other)) is { } beat && beat.Number == 0)
            {
                lost.Add(other);
            }
        }

        return lost;
    }

    public async ValueTask<IReadOnlyList<LedgerEntry>?> TryTakeOverAsync(string lost)
    {
        var lease = await link.TryAskAsync(
            Part("SET"), Key("lease", lost), Part(node.Value), Part("NX"), Part("PX"), Milliseconds(Lease));
        if (lease is not { Kind: '+' })
        {
            return null;
        }

        // It may only be frozen: when it wakes it finds this, and that its connection is gone.
        await link.TryAskAsync(Part("SET"), Key("gone", lost), Part(node.Value), Part("PX"), Milliseconds(LongestSleep));
        await EndConnectionsAsync(lost);
        if (await link.TryAskAsync(Part("HGETALL"), Key("ledger", lost)) is not { } ledger)
        {
            return null;
        }

        var entries = new List<LedgerEntry>();
        for (var i = 0; i + 1 < ledger.Items.Count; i += 2)
        {
            if (Decode(ledger.Items[i].Text, ledger.Items[i + 1].Bytes) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    public async ValueTask<bool> RenewAsync(string lost)
    {
        // While Redis is away nobody else can take it either.
        if (await link.TryAskAsync(Part("GET"), Key("lease", lost)) is not { } holder)
        {
            return true;
        }

        return holder.Text == node.Value
            && await link.TryAskAsync(Part("PEXPIRE"), Key("lease", lost), Milliseconds(Lease)) is not { Kind: ':', Number: 0 };
    }

    public async ValueTask ReportedAsync(string lost, string connectionId) =>
        await link.TryAskAsync(Part("HDEL"), Key("ledger", lost), Part(connectionId));

    public async ValueTask CloseAsync(string lost)
    {
        await link.TryAskAsync(Part("HDEL"), Nodes, Part(lost));
        await link.TryAskAsync(Part("DEL"), Key("ledger", lost), Key("lease", lost));
    }

    // Left there, it would be reported again if this node died.
    private async Task RemoveAsync(string connectionId)
    {
        if (await link.TryAskAsync(Part("HDEL"), Key("ledger", node.Value), Part(connectionId)) is null)
        {
            _ended[connectionId] = 0;
        }
    }

    private static ReadOnlyMemory<byte> Key(string kind, string name) => Part($"sg:{kind}:{{{name}}}");

    private static ReadOnlyMemory<byte> Milliseconds(TimeSpan span) => Part(((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));

    private static byte[] Encode(LedgerEntry entry)
    {
        var output = new ArrayBufferWriter<byte>(128);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(4);
        writer.WriteString(entry.Hub.Value);
        writer.WriteStringOrNil(entry.UserId);
        writer.WriteStringOrNil(entry.Claims);
        writer.WriteStringOrNil(entry.Query);
        return output.WrittenSpan.ToArray();
    }

    private static LedgerEntry? Decode(string connectionId, byte[] bytes)
    {
        var reader = new MessagePackReader(bytes);
        reader.ReadArrayHeader();
        return HubName.TryParseJoined(reader.ReadString(), out var hub)
            ? new LedgerEntry(connectionId, hub, reader.ReadStringOrNil(), reader.ReadStringOrNil(), reader.ReadStringOrNil())
            : null;
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
