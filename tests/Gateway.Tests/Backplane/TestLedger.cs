using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Backplane.Redis.Ledger;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Signing;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Redis;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Backplane;

/// <summary>Represents the parts of a node that its ledger needs: the link to Redis, and the ledger with a clock of its own.</summary>
internal sealed class TestLedger : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private TestLedger(RedisAddress address, TimeSpan timeout, AccessKeys keys)
    {
        var node = NodeId.Create();
        Name = node.Value;
        Link = new RedisLink(address, node, null!, TimeProvider.System, NullLogger<RedisLink>.Instance) { Take = static (_, _) => { } };
        var refused = new RefusedMessages(Time, NullLogger<RefusedMessages>.Instance);
        Signer = TestSigner.Of(keys);
        Ledger = new RedisLedger(node, Link, Signer, refused, timeout, Time);
        _running = Link.RunAsync(_stop.Token);
    }

    public string Name { get; }

    public FakeTime Time { get; } = new();

    public RedisLink Link { get; }

    public RedisLedger Ledger { get; }

    public BackplaneSigner Signer { get; }

    /// <summary>Returns a key of a life in the ledger.</summary>
    public static ReadOnlyMemory<byte> Key(string kind, string life) => RespConnection.Part(new RedisNames().Ledger(kind, life));

    /// <summary>Returns an entry as a node records it.</summary>
    public ReadOnlyMemory<byte> Signed(string node, LedgerEntry entry)
    {
        var bytes = LedgerEntryFormat.Encode(entry, BackplaneSigner.TrailerBytes);
        Signer.Sign(bytes, Link.Names.LedgerEntry(node, entry.ConnectionId));
        return bytes;
    }

    public static Task<TestLedger> StartAsync(RedisServer redis, TimeSpan timeout) => StartAsync(redis.Address, timeout);

    public static async Task<TestLedger> StartAsync(string redis, TimeSpan timeout, AccessKeys? keys = null)
    {
        Assert.True(RedisAddress.TryParse(redis, out var address));
        var ledger = new TestLedger(address, timeout, keys ?? TestSigner.Keys());
        await Waits.UntilAsync(() => ledger.Link.IsUp, "it has reached Redis");
        return ledger;
    }

    public async Task AddAsync(string connectionId)
    {
        Assert.True(HubName.TryParseJoined("chat", out var hub));
        await Ledger.AddAsync(new LedgerEntry(connectionId, hub, "u", null, null));
    }

    public async Task<bool> IsOwnAsync(string connectionId) =>
        await Ledger.IsOwnAsync(connectionId, CancellationToken.None).AsTask().WaitAsync(Waits.Limit);

    /// <summary>Takes over a lost node and reports all of its connections.</summary>
    public async Task<IReadOnlyList<string>> ReportAsync(string node)
    {
        var reported = new List<string>();
        await using var lost = await Ledger.TryTakeOverAsync(node);
        Assert.NotNull(lost);
        do
        {
            await foreach (var entry in lost.ReadAsync(Waits.Limited()))
            {
                reported.Add(entry.ConnectionId);
                await lost.ReportedAsync(entry.ConnectionId);
            }
        }
        while (!await lost.TryCloseAsync(Waits.Limited()));
        return reported;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }
}
