using System.Text;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Backplane.Redis.Lanes;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Backplane.Streams;

/// <summary>Represents a real Redis some of whose answers to XADD are replaced.</summary>
internal sealed class FaultyRedis : IStreamRedis, IAsyncDisposable
{
    private RedisServer? _server;
    private int _appends;

    /// <summary>Gets the numbers of XADDs, from 1, that are refused and not executed.</summary>
    public HashSet<int> Refused { get; } = [];

    /// <summary>Gets the numbers of XADDs that are executed and whose answer is lost.</summary>
    public HashSet<int> Unanswered { get; } = [];

    public RedisNames Names { get; } = new();

    public RespConnection? Connection { get; private set; }

    public static async Task<FaultyRedis> StartAsync()
    {
        var redis = new FaultyRedis { _server = await RedisServer.StartAsync() };
        await redis.ConnectAsync();
        return redis;
    }

    /// <summary>Takes a new connection.</summary>
    public async Task ConnectAsync()
    {
        if (Connection is { } old)
        {
            await old.DisposeAsync();
        }

        Assert.True(RedisAddress.TryParse(_server!.Address, out var address));
        Connection = await RespConnection.OpenAsync(new RedisEndpoint(address.Host, address.Port), null, static (_, _) => { }, CancellationToken.None);
        await Connection.AskAsync(RespConnection.Part("HELLO"), RespConnection.Part("3"));
    }

    public Task<string> AskAsync(string command) => _server!.AskAsync(command);

    public RespConnection? ConnectionFor(ReadOnlyMemory<byte> key) => Connection;

    public async Task<RespValue> AskAsync(RespConnection connection, ReadOnlyMemory<byte> key, params ReadOnlyMemory<byte>[] command)
    {
        var append = Encoding.ASCII.GetString(command[0].Span) == "XADD" ? Interlocked.Increment(ref _appends) : 0;
        if (Refused.Contains(append))
        {
            // Answered as late as by Redis: behind the commands before it.
            await connection.AskAsync(RespConnection.Part("PING"));
            throw new RedisException("OOM command not allowed when used memory > 'maxmemory'.");
        }

        var answer = await connection.AskAsync(command);
        return Unanswered.Contains(append) ? throw new IOException("The connection is lost.") : answer;
    }

    public ValueTask<Published> PublishAsync(string channel, byte[] message) => default;

    public async ValueTask DisposeAsync()
    {
        if (Connection is { } connection)
        {
            await connection.DisposeAsync();
        }

        await _server!.DisposeAsync();
    }
}
