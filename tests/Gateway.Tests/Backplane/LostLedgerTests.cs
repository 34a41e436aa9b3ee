using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Backplane.Redis.Ledger;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Redis;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Tests.Backplane;

/// <summary>Tests that the ledger of a lost node is read from a real Redis in pages, each connection once, by one node at a time.</summary>
public sealed class LostLedgerTests : IAsyncLifetime
{
    private const string Lost = "lost-node";
    private const string Lease = $"sg:lease:{{{Lost}}}";
    private const int Full = 20_000;
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private RedisServer _redis = null!;
    private TestLedger _survivor = null!;
    private TestLedger _other = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _survivor = await TestLedger.StartAsync(_redis, Timeout);
        _other = await TestLedger.StartAsync(_redis, Timeout);
    }

    public async Task DisposeAsync()
    {
        await _survivor.DisposeAsync();
        await _other.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task A_full_nodes_ledger_is_read_in_pages_while_messages_go_on()
    {
        await LeaveAsync(_other, Lost, Full, claimBytes: 1500);
        await using var lost = (await _survivor.Ledger.TryTakeOverAsync(Lost))!;
        Assert.Equal(Full, lost.Connections);

        // On the same connection, one message after the other.
        using var all = new CancellationTokenSource();
        var (messages, longest) = (0, TimeSpan.Zero);
        var publishing = Task.Run(async () =>
        {
            while (!all.IsCancellationRequested)
            {
                var started = Stopwatch.GetTimestamp();
                Assert.True((await _survivor.Link.PublishAsync("sg:test", [1, 2, 3])).IsSent);
                longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
                messages++;
            }
        });

        var reported = new ConcurrentBag<string>();
        do
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Waits.Limited() };
            await Parallel.ForEachAsync(lost.ReadAsync(Waits.Limited()), parallel, async (entry, _) =>
            {
                Assert.Equal(1500, entry.Claims!.Length);
                reported.Add(entry.ConnectionId);
                await lost.ReportedAsync(entry.ConnectionId);
            });
        }
        while (!await lost.TryCloseAsync(Waits.Limited()));
        await all.CancelAsync();
        await publishing;

        Assert.Equal(Full, reported.Count);
        Assert.Equal(Full, reported.Distinct().Count());
        Assert.InRange(await _redis.CallsOfAsync("hscan"), Full / 100, Full / 20);
        Assert.Equal(0, await _redis.CallsOfAsync("hgetall"));
        Assert.True(messages > 500, $"{messages} messages");
        Assert.True(longest < TimeSpan.FromSeconds(2), $"A message took {longest}.");
        Assert.Equal(":0", await _redis.AskAsync("EXISTS sg:nodes sg:ledger:{lost-node}"));
    }

    [Fact]
    public async Task A_page_is_read_when_the_one_before_has_been_taken()
    {
        await LeaveAsync(_other, Lost, 1000, claimBytes: 100);
        await using var lost = (await _survivor.Ledger.TryTakeOverAsync(Lost))!;
        await using var entries = lost.ReadAsync(Waits.Limited()).GetAsyncEnumerator();
        for (var i = 0; i < 50; i++)
        {
            Assert.True(await entries.MoveNextAsync());
        }

        Assert.Equal(1, await _redis.CallsOfAsync("hscan"));
    }

    [Fact]
    public async Task Who_takes_over_from_a_survivor_gets_what_it_has_not_reported_and_the_first_stops()
    {
        await LeaveAsync(_other, Lost, 1000, claimBytes: 100);
        var first = (await _survivor.Ledger.TryTakeOverAsync(Lost))!;
        Assert.Null(await _other.Ledger.TryTakeOverAsync(Lost));

        var reported = new List<string>();
        await foreach (var entry in first.ReadAsync(Waits.Limited()))
        {
            reported.Add(entry.ConnectionId);
            await first.ReportedAsync(entry.ConnectionId);
            if (reported.Count == 300)
            {
                // Frozen for longer than its lease, in the middle of a page.
                await _redis.AskAsync($"DEL {Lease}");
                var rest = await _other.ReportAsync(Lost);
                Assert.Equal(700, rest.Count);
                reported.AddRange(rest);
                _survivor.Time.Advance(RedisLostLedger.Lease);
            }
        }

        Assert.True(await first.TryCloseAsync(Waits.Limited()));
        Assert.Equal(1000, reported.Count);
        Assert.Equal(1000, reported.Distinct().Count());
    }

    [Fact]
    public async Task A_survivor_that_stops_leaves_the_rest_to_the_next_at_once()
    {
        await LeaveAsync(_other, Lost, 500, claimBytes: 100);
        var reported = new List<string>();
        await using (var first = (await _survivor.Ledger.TryTakeOverAsync(Lost))!)
        {
            await foreach (var entry in first.ReadAsync(Waits.Limited()))
            {
                reported.Add(entry.ConnectionId);
                await first.ReportedAsync(entry.ConnectionId);
                if (reported.Count == 100)
                {
                    break;
                }
            }
        }

        reported.AddRange(await _other.ReportAsync(Lost));
        Assert.Equal(500, reported.Count);
        Assert.Equal(500, reported.Distinct().Count());
    }

    [Fact]
    public async Task The_lease_is_renewed_while_nothing_is_read_and_is_not_another_nodes()
    {
        await LeaveAsync(_other, Lost, 10, claimBytes: 100);
        var lost = (await _survivor.Ledger.TryTakeOverAsync(Lost))!;
        await _redis.AskAsync($"PEXPIRE {Lease} 20000");
        _survivor.Time.Advance(TimeSpan.FromSeconds(5));
        await Waits.UntilAsync(
            async () => int.Parse((await _redis.AskAsync($"PTTL {Lease}"))[1..], CultureInfo.InvariantCulture) > 25_000, "the lease is renewed");

        await _redis.AskAsync($"SET {Lease} another PX 20000");
        await Task.Run(() => _survivor.Time.Advance(TimeSpan.FromSeconds(5)));
        await foreach (var entry in lost.ReadAsync(Waits.Limited()))
        {
            Assert.Fail(entry.ConnectionId);
        }

        Assert.True(await lost.TryCloseAsync(Waits.Limited()));
        await lost.DisposeAsync();
        Assert.Equal("another", await _redis.AskAsync($"GET {Lease}"));
        Assert.Equal(":1", await _redis.AskAsync($"HEXISTS sg:nodes {Lost}"));
    }

    [Fact]
    public async Task After_a_break_on_the_way_to_redis_nothing_is_returned_twice_and_nothing_is_left_out()
    {
        await LeaveAsync(_other, Lost, 1000, claimBytes: 100);
        await using var way = new CuttableLink(_redis.Port);
        await using var survivor = await TestLedger.StartAsync(way.Address, Timeout);
        await using var lost = (await survivor.Ledger.TryTakeOverAsync(Lost))!;
        var reported = new List<string>();
        do
        {
            await foreach (var entry in lost.ReadAsync(Waits.Limited()))
            {
                reported.Add(entry.ConnectionId);
                if (reported.Count == 100)
                {
                    way.Cut();
                    await Waits.UntilAsync(() => !survivor.Link.IsUp, "Redis is unreachable");
                }
                else if (reported.Count == 120)
                {
                    // These twenty could not be removed.
                    way.Mend();
                    await Waits.UntilAsync(() => survivor.Link.IsUp, "Redis is back");
                }

                await lost.ReportedAsync(entry.ConnectionId);
            }
        }
        while (!await lost.TryCloseAsync(Waits.Limited()));
        Assert.Equal(1000, reported.Count);
        Assert.Equal(1000, reported.Distinct().Count());
    }

    [Fact]
    public async Task What_cannot_be_read_does_not_keep_the_others_from_being_reported()
    {
        await LeaveAsync(_other, Lost, 10, claimBytes: 100);
        foreach (var bytes in (byte[][])[[], [0xc1], [0x94, 0xa4], [0x92, 1, 2]])
        {
            await _other.Link.TryAskAsync(Part("HSET"), TestLedger.Key("ledger", Lost), Part("bad" + bytes.Length), bytes);
        }

        Assert.Equal(10, (await _survivor.ReportAsync(Lost)).Count);
        Assert.Equal(":0", await _redis.AskAsync("EXISTS sg:nodes sg:ledger:{lost-node}"));
    }

    /// <summary>Creates a dead node: known, without a beat, with connections.</summary>
    internal static async Task LeaveAsync(TestLedger by, string node, int connections, int claimBytes, string hub = "chat")
    {
        Assert.True(HubName.TryParseJoined(hub, out var name));
        var claims = new string('c', claimBytes);
        foreach (var some in Enumerable.Range(0, connections).Chunk(500))
        {
            var entries = some.Select(i => new LedgerEntry($"connection-{i:00000}", name, "u", claims, null));
            Assert.NotNull(await by.Link.TryAskAsync(
                [Part("HSET"), TestLedger.Key("ledger", node), .. entries.SelectMany(entry => (ReadOnlyMemory<byte>[])[Part(entry.ConnectionId), by.Signed(node, entry)])]));
        }

        Assert.NotNull(await by.Link.TryAskAsync(Part("HSET"), Part(new RedisNames().Nodes), Part(node), Part("1")));
    }
}
