using System.Globalization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Signing;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Ledger;

/// <summary>
/// Keeps the ledger in Redis. <c>sg:nodes</c> (hash) has the lives of all nodes, <c>sg:beat:{life}</c> expires a time-out after the last beat,
/// <c>sg:ledger:{life}</c> (hash) has a life's connections, <c>sg:lease:{life}</c> the node that reports a lost life, <c>sg:gone:{life}</c>
/// marks a life that was declared lost. The braces are part of the names: all keys of a life share a slot of a cluster.
/// </summary>
/// <remarks>
/// A life may be declared lost only after its beat has expired, and Redis takes neither beats nor records of it from then on. So a node whose
/// last beat is younger than the time-out may report its own connections; with an older beat it asks first.
/// </remarks>
internal sealed partial class RedisLedger(
    NodeId node, RedisLink link, BackplaneSigner signer, RefusedMessages refused, TimeSpan timeout, TimeProvider time) : INodeLedger
{
    // A number that the link's count never has: everything is written again.
    private const long NotWritten = -1;

    private static readonly TimeSpan MaxNote = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);
    private readonly ReadOnlyMemory<byte> _nodes = Part(link.Names.Nodes);

    private readonly Lock _gate = new();

    // All below under _gate.
    private LedgerLife _life = new(node, 1);
    private List<string> _givenUp = [];
    private long? _heardAt;
    private long? _heardSince;
    private long _written;
    private object _signedWith = signer.Keys;
    private Task<Standing>? _beat;

    private enum Standing
    {
        Unknown,
        Lives,
        GivenUp,
    }

    public async ValueTask AddAsync(LedgerEntry entry)
    {
        var note = new LedgerNote(Sign(entry.ConnectionId, LedgerEntryFormat.Encode(entry, BackplaneSigner.TrailerBytes)));
        LedgerLife life;
        lock (_gate)
        {
            life = _life;
            life.Notes[entry.ConnectionId] = note;
        }

        try
        {
            await WriteAsync(life, entry.ConnectionId, note).WaitAsync(MaxNote, time);
        }
        catch (TimeoutException)
        {
            // Redis is silent, which the link will notice; a client does not wait for that.
        }
    }

    public void Remove(string connectionId)
    {
        LedgerLife life;
        lock (_gate)
        {
            life = _life;
            if (!life.Notes.Remove(connectionId))
            {
                return;
            }
        }

        _ = ForgetAsync(life, connectionId);
    }

    public ValueTask<bool> IsOwnAsync(string connectionId, CancellationToken leaving)
    {
        lock (_gate)
        {
            if (!_life.Notes.TryGetValue(connectionId, out var note))
            {
                return ValueTask.FromResult(false);
            }

            if (!note.IsWritten || (_heardAt is { } heard && time.GetElapsedTime(heard) < timeout))
            {
                return ValueTask.FromResult(true);
            }
        }

        return IsOwnSlowAsync(connectionId, leaving);
    }

    public async ValueTask<IReadOnlyList<string>> BeatAsync()
    {
        await KeepAsync();
        lock (_gate)
        {
            (var givenUp, _givenUp) = (_givenUp, []);
            return givenUp;
        }
    }

    /// <summary>Writes the records that the Redis of a new connection may not have. Does not wait.</summary>
    /// <param name="downtime">Not used: a first connection and a later one may both find a Redis without its data.</param>
    public void Resume(TimeSpan? downtime) => _ = KeepAsync();

    /// <summary>Returns a key of a life.</summary>
    private ReadOnlyMemory<byte> Key(string kind, string life) => Part(link.Names.Ledger(kind, life));

    /// <summary>Returns a time as an argument, in milliseconds.</summary>
    public static ReadOnlyMemory<byte> Milliseconds(TimeSpan span) => Part(((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));

    // Reports that this node is alive, and writes what Redis may not have.
    private async Task KeepAsync()
    {
        if (await BeatOnceAsync() == Standing.GivenUp)
        {
            await BeatOnceAsync();
        }

        LedgerLife life;
        var connections = link.Connections;
        bool isWritten;
        lock (_gate)
        {
            life = _life;
            SignAnew();
            isWritten = _written == connections;
            _written = connections;
        }

        await MakeKnownAsync(life);
        await ForgetEndedAsync(life);
        if (!isWritten)
        {
            // Another Redis, or the same without its data, or one that has refused a write.
            await WriteAllAsync(life);
        }
    }

    private async ValueTask<bool> IsOwnSlowAsync(string connectionId, CancellationToken leaving)
    {
        while (await BeatOnceAsync() == Standing.Unknown)
        {
            // Unknown while Redis is unreachable. A node that stops cannot wait: a repeated report is better than none.
            if (leaving.IsCancellationRequested)
            {
                return true;
            }

            try
            {
                await Task.Delay(LookAgain, time, leaving);
            }
            catch (OperationCanceledException)
            {
                // Asks once more.
            }
        }

        lock (_gate)
        {
            return _life.Notes.ContainsKey(connectionId);
        }
    }

    // One at a time; a caller that comes meanwhile shares the answer.
    private Task<Standing> BeatOnceAsync()
    {
        lock (_gate)
        {
            return _beat is { IsCompleted: false } beat ? beat : _beat = SendBeatAsync(_life, time.GetTimestamp());
        }
    }

    private async Task<Standing> SendBeatAsync(LedgerLife life, long sentAt)
    {
        await Task.Yield();
        var answer = await link.TryRunAsync(LedgerScripts.Beat, [Key("gone", life.Name), Key("beat", life.Name)], Milliseconds(timeout));
        var isTaken = answer is not null;
        if (isTaken)
        {
            link.Refusals?.Note(null);
        }

        // A full Redis takes no beats, but knows the lives that were declared lost.
        answer ??= await link.TryAskAsync(Part("EXISTS"), Key("gone", life.Name)) is { } gone ? RespValue.OfNumber(1 - gone.Number) : null;
        lock (_gate)
        {
            if (answer is { Number: 0 })
            {
                GoOn(life);
                return Standing.GivenUp;
            }

            if (isTaken)
            {
                _heardAt = sentAt;
                _heardSince ??= sentAt;
            }
            else
            {
                (_heardSince, _written) = (null, NotWritten);
            }

            return answer is null ? Standing.Unknown : Standing.Lives;
        }
    }

    // Under _gate. Other nodes report the connections that Redis has of the old life.
    private void GoOn(LedgerLife life)
    {
        if (!ReferenceEquals(life, _life))
        {
            return;
        }

        _life = new LedgerLife(node, life.Number + 1);
        foreach (var (id, note) in life.Notes)
        {
            if (note.IsWritten)
            {
                _givenUp.Add(id);
            }
            else
            {
                _life.Notes[id] = note;
            }
        }

        (_heardAt, _written) = (null, NotWritten);
    }
}
