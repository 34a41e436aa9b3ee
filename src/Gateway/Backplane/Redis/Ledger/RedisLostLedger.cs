using System.Globalization;
using System.Runtime.CompilerServices;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Ledger;

/// <summary>
/// Reads the records of a lost life with HSCAN, in small pages: neither Redis nor the connection, which carries this node's messages too, is
/// busy with it for more than a moment.
/// </summary>
/// <remarks>
/// HSCAN may return an entry twice when the hash shrinks meanwhile, and a pass starts again on a new connection, because a cursor is valid at
/// one server only. So the ids that were returned are kept until Redis has removed them, and no longer.
/// </remarks>
internal sealed class RedisLostLedger : ILostLedger
{
    /// <summary>The time for which other nodes leave the life to this node without a renewal.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private const int EntriesPerPage = 64;
    private const int IdsPerCommand = 200;

    private static readonly TimeSpan RenewInterval = Lease / 10;

    // After this time without an answer, the lease is checked before the next report.
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

    // Under _gate: ids that were returned and may still be in Redis, those of them that Redis has removed since the last page, and those it has not.
    private readonly HashSet<string> _returned = new(StringComparer.Ordinal);
    private readonly List<string> _forgotten = [];
    private readonly List<string> _toForget = [];

    private long _heldAt;
    private volatile bool _isOver;

    /// <param name="node">This node.</param>
    /// <param name="life">The lost life.</param>
    /// <param name="connections">The number of its connections.</param>
    /// <param name="takenAt">The clock reading at which this node took over.</param>
    /// <param name="read">Reads and checks the entry of an id; null if it is not valid.</param>
    /// <param name="link">The link to Redis.</param>
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

        // Before the lease is released, so that no other node takes over an empty life.
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
            // Disposed.
        }
    }

    private async ValueTask RenewAsync()
    {
        var asked = _time.GetTimestamp();
        var answer = await _link.TryRunAsync(LedgerScripts.Renew, [_lease], _node, RedisLedger.Milliseconds(Lease));
        Held(asked, answer is null ? null : answer.Number != 0);
    }

    // Null if Redis has not answered.
    private void Held(long asked, bool? isHeld)
    {
        _isOver |= isHeld == false;
        if (isHeld == true)
        {
            Volatile.Write(ref _heldAt, asked);
        }
    }

    // Checks a lease that may have ended, as after a time without Redis, or when this process was frozen; waits until Redis answers.
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

    // Returns null while Redis is unreachable, or if it refuses.
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

    // The page has ids and entries in turn. An entry that cannot be read, or that its node has not signed, is removed: otherwise the life could
    // not be closed.
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

    // Pages read from now on do not have them.
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
