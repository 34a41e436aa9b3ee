using System.Globalization;
using Serverless.Gateway.Addressing;
using static Serverless.Gateway.Backplane.Redis.RespConnection;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>
/// The ledger in Redis. <c>sg:nodes</c> (hash) has the nodes' lives, <c>sg:beat:{life}</c> ends a time-out after the last beat,
/// <c>sg:ledger:{life}</c> (hash) has a life's connections, <c>sg:lease:{life}</c> who reports a lost one, <c>sg:gone:{life}</c> that it
/// was given up. The braces are part of the names: all keys of a life share a slot of a cluster.
/// </summary>
/// <remarks>
/// A life may be given up only once its beat has expired, and Redis takes neither beats nor notes of it from then on. So a node whose last
/// beat is younger than the time-out knows that its connections are its own to report; an older one asks first.
/// </remarks>
internal sealed partial class RedisLedger(NodeId node, RedisLink link, TimeSpan timeout, TimeProvider time) : INodeLedger
{
    private const int EntriesPerCommand = 200;

    // Another number than any of the link's: all is noted anew.
    private const long NotWritten = -1;

    private static readonly TimeSpan LongestNote = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);
    private static readonly ReadOnlyMemory<byte> Nodes = Part("sg:nodes");

    private readonly Lock _gate = new();

    // All below under _gate.
    private LedgerLife _life = new(node, 1);
    private List<string> _givenUp = [];
    private long? _heardAt;
    private long? _heardSince;
    private long _written;
    private Task<Standing>? _beat;

    private enum Standing
    {
        Unknown,
        Lives,
        GivenUp,
    }

    public async ValueTask AddAsync(LedgerEntry entry)
    {
        var note = new LedgerNote(LedgerEntryFormat.Encode(entry));
        LedgerLife life;
        lock (_gate)
        {
            life = _life;
            life.Notes[entry.ConnectionId] = note;
        }

        try
        {
            await WriteAsync(life, entry.ConnectionId, note).WaitAsync(LongestNote, time);
        }
        catch (TimeoutException)
        {
            // Redis is silent, which the link is about to notice; a client does not wait for that.
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
        if (await BeatOnceAsync() == Standing.GivenUp)
        {
            await BeatOnceAsync();
        }

        LedgerLife life;
        var connections = link.Connections;
        bool isWritten;
        IReadOnlyList<string> givenUp;
        lock (_gate)
        {
            life = _life;
            isWritten = _written == connections;
            _written = connections;
            (givenUp, _givenUp) = (_givenUp, []);
        }

        await link.TryAskAsync(Part("HSET"), Nodes, Part(life.Name), Part("1"));
        await ForgetEndedAsync(life);
        if (!isWritten)
        {
            // Another Redis, or the same without its data, or one that would not take something.
            await WriteAllAsync(life);
        }

        return givenUp;
    }

    private static ReadOnlyMemory<byte> Key(string kind, string life) => Part($"sg:{kind}:{{{life}}}");

    private static ReadOnlyMemory<byte> Milliseconds(TimeSpan span) => Part(((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));

    private async ValueTask<bool> IsOwnSlowAsync(string connectionId, CancellationToken leaving)
    {
        while (await BeatOnceAsync() == Standing.Unknown)
        {
            // Nobody can tell while Redis is away. A node that ends cannot wait: rather twice than never.
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
                // One more look.
            }
        }

        lock (_gate)
        {
            return _life.Notes.ContainsKey(connectionId);
        }
    }

    // One at a time; who comes meanwhile shares its answer.
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

        // A Redis that is full takes no beats, but knows who was given up.
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

    // Under _gate. What Redis has of the old life the others report.
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

    private async Task WriteAsync(LedgerLife life, string connectionId, LedgerNote note)
    {
        while (true)
        {
            var answer = await link.TryRunAsync(
                LedgerScripts.Note, [Key("gone", life.Name), Key("ledger", life.Name)], Part(connectionId), note.Bytes);
            lock (_gate)
            {
                if (Noted(life, connectionId, note, answer))
                {
                    return;
                }

                life = _life;
            }
        }
    }

    // Under _gate. False if it must be noted once more, in the life that the node has now.
    private bool Noted(LedgerLife life, string connectionId, LedgerNote note, RespValue? answer)
    {
        if (answer is null)
        {
            _written = NotWritten;
            return true;
        }

        if (answer.Number == 0)
        {
            GoOn(life);
            return !_life.Notes.ContainsKey(connectionId);
        }

        note.IsWritten = true;
        if (!ReferenceEquals(life, _life) && _life.Notes.Remove(connectionId))
        {
            // Noted just before the others gave the old life up.
            _givenUp.Add(connectionId);
        }

        return true;
    }

    private async Task WriteAllAsync(LedgerLife life)
    {
        KeyValuePair<string, LedgerNote>[] notes;
        lock (_gate)
        {
            notes = [.. life.Notes];
        }

        foreach (var chunk in notes.Chunk(EntriesPerCommand))
        {
            var answer = await link.TryRunAsync(
                LedgerScripts.Note,
                [Key("gone", life.Name), Key("ledger", life.Name)],
                [.. chunk.SelectMany(one => (ReadOnlyMemory<byte>[])[Part(one.Key), one.Value.Bytes])]);
            lock (_gate)
            {
                foreach (var (id, note) in chunk)
                {
                    if (!Noted(life, id, note, answer))
                    {
                        _written = NotWritten;
                    }

                    if (!life.Notes.ContainsKey(id))
                    {
                        // It ended meanwhile, and was noted again behind that.
                        life.Ended.Add(id);
                    }
                }
            }
        }
    }

    // Left there, it would be reported if this node died.
    private async Task ForgetAsync(LedgerLife life, string connectionId)
    {
        if (await link.TryAskAsync(Part("HDEL"), Key("ledger", life.Name), Part(connectionId)) is null)
        {
            lock (_gate)
            {
                life.Ended.Add(connectionId);
            }
        }
    }

    private async Task ForgetEndedAsync(LedgerLife life)
    {
        string[] ended;
        lock (_gate)
        {
            ended = [.. life.Ended];
            life.Ended.Clear();
        }

        foreach (var id in ended)
        {
            await ForgetAsync(life, id);
        }
    }
}
