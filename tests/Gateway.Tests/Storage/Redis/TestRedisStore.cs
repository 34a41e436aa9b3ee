using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;
using Serverless.Gateway.Backplane.Signing;
using Serverless.Gateway.Storage.Redis;
using Serverless.Gateway.Tests.Backplane;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Storage.Redis;

/// <summary>Represents the part of a node that stores state in Redis.</summary>
internal sealed class TestRedisStore : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly RedisLink _link;
    private readonly TimeProvider _time;
    private readonly Task _running;

    private TestRedisStore(RedisAddress address, AccessKeys access, TimeProvider time)
    {
        _time = time;
        _link = new RedisLink(address, NodeId.Create(), null!, TimeProvider.System, NullLogger<RedisLink>.Instance) { Take = static (_, _) => { } };
        Store = new RedisStore(_link, time, NullLogger<RedisStore>.Instance);
        Names = new StoreNames(address.Prefix);
        Keys = new StoreKeys(Store, Names, access, new RefusedMessages(time, NullLogger<RefusedMessages>.Instance), time);
        Groups = new RedisUserGroupStore(Store, Keys, Names, time);
        Usage = new RedisUsageStore(Store, Keys, Names);
        _running = _link.RunAsync(_stop.Token);
    }

    public RedisStore Store { get; }

    public StoreNames Names { get; }

    public StoreKeys Keys { get; }

    public RedisUserGroupStore Groups { get; }

    public RedisUsageStore Usage { get; }

    /// <summary>Starts a node and returns when it has reached Redis.</summary>
    /// <param name="address">The value of <c>Gateway:Redis</c>.</param>
    /// <param name="time">The stores' clock.</param>
    /// <param name="access">The node's access keys.</param>
    public static async Task<TestRedisStore> StartAsync(string address, TimeProvider time, AccessKeys? access = null)
    {
        Assert.True(RedisAddress.TryParse(address, out var parsed));
        var node = new TestRedisStore(parsed, access ?? TestSigner.Keys(), time);
        await node.UpAsync();
        return node;
    }

    public Task UpAsync() => Waits.UntilAsync(() => _link.IsUp, "it has reached Redis");

    public Task DownAsync() => Waits.UntilAsync(() => _link.State == RedisState.Unavailable, "it has noticed that Redis is gone");

    public RedisDeadLetterStore DeadLetters(
        long maxBytes = RedisDeadLetterStore.MaxBytes, int maxLetters = RedisDeadLetterStore.MaxLetters) =>
        new(Store, Keys, Names, _time, NullLogger<RedisDeadLetterStore>.Instance, maxBytes, maxLetters);

    /// <summary>Sends a command.</summary>
    public Task<RespValue> AskAsync(params ReadOnlyMemory<byte>[] command) => _link.AskAsync(command);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(static _ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }
}

/// <summary>Provides the redis-server that the storage tests share, each with a prefix of its own.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    internal RedisServer Server { get; private set; } = null!;

    /// <summary>Returns an address with a prefix that no other test uses.</summary>
    public string NewAddress() => $"{Server.Address},prefix=p{Guid.NewGuid():n}";

    public async Task InitializeAsync() => Server = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class SharedRedis : ICollectionFixture<RedisFixture>
{
    public const string Name = "the shared Redis";
}
