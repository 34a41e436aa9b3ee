using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Backplane.Redis.Ledger;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Signing;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Backplane;

/// <summary>Tests which node reports a connection to the upstream when a node is declared lost at the worst moment. A beat "expires" when the test deletes it.</summary>
public sealed class RedisLedgerTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private RedisServer _redis = null!;
    private TestLedger _node = null!;
    private TestLedger _survivor = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _node = await TestLedger.StartAsync(_redis, Timeout);
        _survivor = await TestLedger.StartAsync(_redis, Timeout);
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _survivor.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task What_is_noted_after_the_node_was_given_up_stays_its_own()
    {
        await _node.Ledger.BeatAsync();
        await _node.AddAsync("before");
        Assert.Equal(["before"], await GiveUpAsync());

        await _node.AddAsync("after");
        Assert.True(await _node.IsOwnAsync("after"));
        Assert.False(await _node.IsOwnAsync("before"));

        Assert.Equal(["before"], await _node.Ledger.BeatAsync());
        Assert.Empty(await _node.Ledger.BeatAsync());
        Assert.Equal(["after"], await _redis.ListAsync($"HKEYS sg:ledger:{{{_node.Name}.2}}"));
        Assert.Equal([_node.Name + ".2"], await _redis.ListAsync("HKEYS sg:nodes"));
    }

    [Fact]
    public async Task A_node_is_known_and_heard_of_before_it_notes_its_first_connection()
    {
        await _node.AddAsync("c"); // before its first beat
        Assert.Equal([_node.Name], await _redis.ListAsync("HKEYS sg:nodes"));
        Assert.Equal(":1", await _redis.AskAsync($"EXISTS sg:beat:{{{_node.Name}}}"));
        Assert.Equal(["c"], await GiveUpAsync());
    }

    [Fact]
    public async Task A_new_connection_to_redis_brings_all_notes_without_a_beat()
    {
        _node.Link.Connected = _node.Ledger.Resume;
        await _node.Ledger.BeatAsync();
        await _node.AddAsync("c");
        await _redis.KillAsync();
        await _redis.RestartAsync();
        await Waits.UntilAsync(
            async () => (await _redis.ListAsync($"HKEYS sg:ledger:{{{_node.Name}}}")).SequenceEqual(["c"]), "it is noted anew");
        Assert.Equal([_node.Name], await _redis.ListAsync("HKEYS sg:nodes"));
    }

    [Fact]
    public async Task A_node_that_slept_asks_before_it_tells()
    {
        await _node.Ledger.BeatAsync();
        await _node.AddAsync("c");
        Assert.True(await _node.IsOwnAsync("c"));
        await GiveUpAsync();
        Assert.True(await _node.IsOwnAsync("c")); // as far as it can know: its beat is young

        _node.Time.Advance(Timeout);
        Assert.False(await _node.IsOwnAsync("c"));
    }

    [Fact]
    public async Task A_node_that_slept_and_was_not_given_up_tells_and_is_heard_of_again()
    {
        await _node.Ledger.BeatAsync();
        await _node.AddAsync("c");
        await _redis.AskAsync($"DEL sg:beat:{{{_node.Name}}}");
        _node.Time.Advance(Timeout);
        Assert.True(await _node.IsOwnAsync("c"));
        Assert.Null(await _survivor.Ledger.TryTakeOverAsync(_node.Name));
        Assert.Equal(":0", await _redis.AskAsync($"EXISTS sg:lease:{{{_node.Name}}} sg:gone:{{{_node.Name}}}"));
    }

    [Fact]
    public async Task While_redis_is_away_nobody_tells_of_what_others_may_report_until_the_node_ends()
    {
        await _node.Ledger.BeatAsync();
        await _node.AddAsync("noted");
        await _redis.KillAsync();
        await Waits.UntilAsync(() => !_node.Link.IsUp, "Redis is unreachable");
        await _node.AddAsync("unknown to Redis");
        _node.Time.Advance(Timeout);

        Assert.True(await _node.IsOwnAsync("unknown to Redis"));
        using var leaving = new CancellationTokenSource();
        var waiting = _node.Ledger.IsOwnAsync("noted", leaving.Token).AsTask();
        await Waits.UntilAsync(() => _node.Time.UntilNextTimer is not null, "it is to look again");
        Assert.False(waiting.IsCompleted);
        await leaving.CancelAsync();
        Assert.True(await waiting.WaitAsync(Waits.Limit));
    }

    [Fact]
    public async Task What_redis_was_not_told_survives_a_giving_up()
    {
        await _node.Ledger.BeatAsync();
        await _node.AddAsync("noted");
        await _redis.AskAsync("CONFIG SET maxmemory 1");
        await _node.AddAsync("refused");
        await _redis.AskAsync("CONFIG SET maxmemory 0");
        Assert.Equal(["noted"], await GiveUpAsync());

        Assert.Equal(["noted"], await _node.Ledger.BeatAsync());
        Assert.True(await _node.IsOwnAsync("refused"));
        Assert.Equal(["refused"], await _redis.ListAsync($"HKEYS sg:ledger:{{{_node.Name}.2}}"));
    }

    [Fact]
    public async Task A_full_redis_gives_nobody_up_and_keeps_nobody_waiting()
    {
        await _node.Ledger.BeatAsync();
        await _node.AddAsync("c");
        await _survivor.Ledger.BeatAsync();
        await _redis.AskAsync("CONFIG SET maxmemory 1");
        await _redis.AskAsync($"DEL sg:beat:{{{_node.Name}}}");
        _node.Time.Advance(Timeout);
        _survivor.Time.Advance(Timeout);

        Assert.True(await _node.IsOwnAsync("c"));
        Assert.Empty(await _node.Ledger.BeatAsync());
        await _survivor.Ledger.BeatAsync();
        Assert.Empty(await _survivor.Ledger.FindLostAsync());
    }

    [Fact]
    public async Task What_has_ended_is_forgotten_also_when_redis_was_away_meanwhile()
    {
        await _node.Ledger.BeatAsync();
        await _node.AddAsync("one");
        await _node.AddAsync("other");
        _node.Ledger.Remove("one");
        await Waits.UntilAsync(async () => (await _redis.ListAsync($"HKEYS sg:ledger:{{{_node.Name}}}")).Count == 1, "one is forgotten");

        await _redis.KillAsync();
        await Waits.UntilAsync(() => !_node.Link.IsUp, "Redis is unreachable");
        _node.Ledger.Remove("other");
        await _redis.RestartAsync();
        await Waits.UntilAsync(() => _node.Link.IsUp, "Redis is back");
        await _node.AddAsync("third");
        await _node.Ledger.BeatAsync();
        Assert.Equal(["third"], await _redis.ListAsync($"HKEYS sg:ledger:{{{_node.Name}}}"));
    }

    [Fact]
    public async Task What_no_node_has_signed_is_not_reported()
    {
        await _node.Ledger.BeatAsync();
        await _node.AddAsync("real");

        // [hub, user, claims, query] as a version without signatures writes it, a real entry under another id, and an invalid one.
        await SetAsync("unsigned", [0x94, 0xa4, .. "chat"u8, 0xa1, (byte)'u', 0xc0, 0xc0]);
        var entry = await _node.Link.TryAskAsync(RespConnection.Part("HGET"), Ledger, RespConnection.Part("real"));
        await SetAsync("copied", entry!.Bytes);
        await SetAsync("nothing", [0xc1]);
        Assert.Equal(["real"], await GiveUpAsync());

        async Task SetAsync(string id, byte[] bytes) => Assert.Equal(
            1, (await _node.Link.TryAskAsync(RespConnection.Part("HSET"), Ledger, RespConnection.Part(id), bytes))!.Number);
    }

    [Fact]
    public async Task Entries_are_signed_anew_when_a_key_is_replaced()
    {
        const string Old = "an-old-key-0123456789-0123456789-0123456789";
        const string New = "a-new-key-0123456789-0123456789-0123456789";
        var keys = new ChangingKeys(Old, New);
        await using var node = await TestLedger.StartAsync(_redis.Address, Timeout, keys.Keys);
        await node.Ledger.BeatAsync();
        await node.AddAsync("c");
        Assert.Equal(SignatureCheck.Good, await CheckAsync(Old));
        Assert.Equal(SignatureCheck.Forged, await CheckAsync(New));

        keys.Replace(New, Old);
        await node.Ledger.BeatAsync();
        Assert.Equal(SignatureCheck.Good, await CheckAsync(New));

        async Task<SignatureCheck> CheckAsync(string key)
        {
            var names = new RedisNames();
            var entry = await _survivor.Link.TryAskAsync(
                RespConnection.Part("HGET"), TestLedger.Key("ledger", node.Name), RespConnection.Part("c"));
            Assert.NotNull(LedgerEntryFormat.Decode("c", entry!.Bytes, out var length));
            return TestSigner.Create(keys: key)
                .Check(entry.Bytes, length, RespConnection.Part(names.LedgerEntry(node.Name, "c")).Span, maxAge: null);
        }
    }

    private ReadOnlyMemory<byte> Ledger => TestLedger.Key("ledger", _node.Name);

    // As when the node has been silent for a time-out.
    private async Task<IReadOnlyList<string>> GiveUpAsync()
    {
        await _redis.AskAsync($"DEL sg:beat:{{{_node.Name}}}");
        var connections = _node.Link.Connections;
        var reported = await _survivor.ReportAsync(_node.Name);
        await Waits.UntilAsync(() => _node.Link.IsUp && _node.Link.Connections > connections, "the node is back at Redis");
        return reported;
    }
}
