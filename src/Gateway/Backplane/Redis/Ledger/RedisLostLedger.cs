using System.Globalization;
using System.Runtime.CompilerServices;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Ledger;

/// <summary>
/// What a lost life left in Redis, read with HSCAN in pages of some entries: neither Redis nor the connection, which carries this node's
/// messages too, is busy with it for more than a moment.
/// </summary>
/// <remarks>
/// HSCAN returns an entry twice now and then, when the hash shrinks meanwhile, and a pass begins anew when the connection is another, since a
/// cursor means nothing to another server. So ids that were returned are kept until Redis has forgotten them, and no longer.
/// </remarks>
internal sealed class RedisLostLedger : ILostLedger
{
    /// <summary>How long the other nodes leave the life to this one when they hear nothing of it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private const int EntriesPerPage = 64;
    private const int IdsPerCommand = 200;

    private static readonly TimeSpan RenewInterval = Lease / 10;

    // After so long without an answer it is asked again before the next event leaves.
    private static readonly TimeSpan Certain = Lease * 0.9;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private static readonly ReadOnlyMemory<byte> First = Part("0");
    private static readonly ReadOnlyMemory<byte> Count = Part(EntriesPerPage.ToString(CultureInfo.InvariantCulture));

    private readonly ReadOnlyMemory<byte> _node;
    private readonly ReadOnlyMemory<byte> _lease;
    private readonly ReadOnlyMemory<byte> _ledger;
    private readonly Func<string, byte[], LedgerEntry?> _read;
    private readonly RedisLink _link;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task _renewing;
    private readonly Lock _gate = new();

    // Under _gate: what was returned and may still be in Redis, what of it Redis has forgotten since the last page, and what it has not.
    private readonly HashSet<string> _returned = new(StringComparer.Ordinal);
    private readonly List<string> _forgotten = [];
    private readonly List<string> _toForget = [];

    private long _heldAt;
    private volatile bool _isOver;

    /// <param name="node">This node.</param>
    /// <param name="life">The lost life.</param>
    /// <param name="connections">How many connections it has left.</param>
    /// <param name="takenAt">Clock reading at which it was taken over.</param>
    /// <param name="read">Reads and checks the entry of an id; null if it is not one.</param>
    /// <param name="link">The way to Redis.</param>
    /// <param name="time">The clock.</param>
    public RedisLostLedger(NodeId node, string life, long connections, long takenAt, Func<string, byte[], LedgerEntry?> read, RedisLink link, TimeProvider time)
    {
        (Node, Connections, _heldAt, _read, _link, _time) = (life, connections, takenAt, read, link, time);
        _node = Part(node.Value);
        _lease = Part(link.Names.Ledger("lease", life));
        _ledger = Part(link.Names.Ledger("ledger", life));
        _renewing = RenewUntilDisposedAsync();
    }

    public string Node { get; }

    public long Connections { get; }

    public async IAsyncEnumerable<LedgerEntry> ReadAsync([EnumeratorCancellation] CancellationToken stopping)
    {
        var cursor = First;
        var connections = _link.Connections;
        while (!_isOver)
        {
            if (_link.Connections is var now && now != connections)
            {
                (cursor, connections) = (First, now);
            }

            ForgetForgotten();
            if (await TryReadPageAsync(cursor) is not { } page)
            {
                await Task.Delay(LookAgain, _time, stopping);
                continue;
            }

            foreach (var entry in await NewOnesAsync(page.Entries))
            {
                if (!await IsHeldAsync(stopping))
                {
                    yield break;
                }

                yield return entry;
            }

            cursor = page.Next;
            if (cursor.Span.SequenceEqual(First.Span))
            {
                yield break;
            }
        }
    }

    public async ValueTask ReportedAsync(string connectionId)
    {
        var isForgotten = await _link.TryAskAsync(Part("HDEL"), _ledger, Part(connectionId)) is not null;
        lock (_gate)
        {
            (isForgotten ? _forgotten : _toForget).Add(connectionId);
        }
    }

    public async ValueTask<bool> TryCloseAsync(CancellationToken stopping)
    {
        await ForgetRestAsync();
        if (!_isOver && await _link.TryAskAsync(Part("EXISTS"), _ledger) is not { Number: 0 })
        {
            await Task.Delay(LookAgain, _time, stopping);
            return false;
        }

        // While the lease is held, or another node takes over what is empty.
        if (!_isOver)
        {
            await _link.TryAskAsync(Part("HDEL"), Part(_link.Names.Nodes), Part(Node));
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _renewing;
        _disposed.Dispose();
        await _link.TryRunAsync(LedgerScripts.Release, [_lease], _node);
    }

    private async Task RenewUntilDisposedAsync()
    {
        using var timer = new PeriodicTimer(RenewInterval, _time);
        try
        {
            while (!_isOver && await timer.WaitForNextTickAsync(_disposed.Token))
            {
                await RenewAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private async ValueTask RenewAsync()
    {
        var asked = _time.GetTimestamp();
        var answer = await _link.TryRunAsync(LedgerScripts.Renew, [_lease], _node, RedisLedger.Milliseconds(Lease));
        Held(asked, answer is null ? null : answer.Number != 0);
    }

    // Null while nobody can know.
    private void Held(long asked, bool? isHeld)
    {
        _isOver |= isHeld == false;
        if (isHeld == true)
        {
            Volatile.Write(ref _heldAt, asked);
        }
    }

    // Asks where the lease may be over, as after a while without Redis, or when this process was frozen; waits until it can know.
    private async ValueTask<bool> IsHeldAsync(CancellationToken stopping)
    {
        while (!_isOver && _time.GetElapsedTime(Volatile.Read(ref _heldAt)) > Certain)
        {
            var before = Volatile.Read(ref _heldAt);
            await RenewAsync();
            if (!_isOver && Volatile.Read(ref _heldAt) == before)
            {
                await Task.Delay(LookAgain, _time, stopping);
            }
        }

        stopping.ThrowIfCancellationRequested();
        return !_isOver;
    }

    // Null while Redis is away, or refuses.
    private async ValueTask<(ReadOnlyMemory<byte> Next, IReadOnlyList<RespValue> Entries)?> TryReadPageAsync(ReadOnlyMemory<byte> cursor)
    {
        var asked = _time.GetTimestamp();
        var answer = await _link.TryRunAsync(
            LedgerScripts.Page, [_lease, _ledger], _node, RedisLedger.Milliseconds(Lease), cursor, Count);
        switch (answer)
        {
            case null:
                return null;
            case { Kind: '_' }:
                Held(asked, false);
                return (First, []);
            default:
                Held(asked, true);
                return (answer.Items[0].Bytes, answer.Items[1].Items);
        }
    }

    // Ids and entries in turn. An entry that cannot be read, or that its node has not signed, is forgotten: it must not keep the others from being closed.
    private async ValueTask<IReadOnlyList<LedgerEntry>> NewOnesAsync(IReadOnlyList<RespValue> page)
    {
        var entries = new List<LedgerEntry>(page.Count / 2);
        for (var i = 0; i + 1 < page.Count; i += 2)
        {
            var id = page[i].Text;
            lock (_gate)
            {
                if (!_returned.Add(id))
                {
                    continue;
                }
            }

            if (_read(id, page[i + 1].Bytes) is { } entry)
            {
                entries.Add(entry);
            }
            else
            {
                await ReportedAsync(id);
            }
        }

        return entries;
    }

    // No page that is asked for from now on has them.
    private void ForgetForgotten()
    {
        lock (_gate)
        {
            _returned.ExceptWith(_forgotten);
            _forgotten.Clear();
        }
    }

    private async ValueTask ForgetRestAsync()
    {
        string[] ids;
        lock (_gate)
        {
            ids = [.. _toForget];
            _toForget.Clear();
        }

        foreach (var some in ids.Chunk(IdsPerCommand))
        {
            var isForgotten = await _link.TryAskAsync([Part("HDEL"), _ledger, .. some.Select(Part)]) is not null;
            lock (_gate)
            {
                (isForgotten ? _forgotten : _toForget).AddRange(some);
            }
        }
    }
}
