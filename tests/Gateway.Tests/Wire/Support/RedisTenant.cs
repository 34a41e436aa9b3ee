using System.Collections.Concurrent;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Support.Redis;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>Another program on the gateways' Redis: records the messages that they publish, and writes arbitrary data.</summary>
internal sealed class RedisTenant : IAsyncDisposable
{
    private readonly ConcurrentQueue<byte[]> _recorded = new();
    private RespConnection _connection = null!;

    /// <summary>The messages received on its subscribed channels.</summary>
    public IReadOnlyCollection<byte[]> Recorded => _recorded;

    public static async Task<RedisTenant> ConnectAsync(RedisServer server, string user = "", string password = "")
    {
        var tenant = new RedisTenant();
        tenant._connection = await RespConnection.OpenAsync(
            new RedisEndpoint("127.0.0.1", server.Port),
            null,
            (_, push) =>
            {
                if (push.Items is [{ Text: "message" }, _, { } message])
                {
                    tenant._recorded.Enqueue(message.Bytes);
                }
            },
            CancellationToken.None);
        await tenant.AskAsync(user.Length == 0 ? ["HELLO", "3"] : ["HELLO", "3", "AUTH", user, password]);
        return tenant;
    }

    /// <summary>Sends a command.</summary>
    /// <exception cref="RedisException">Redis refused it.</exception>
    public Task<RespValue> AskAsync(params string[] command) => _connection.AskAsync([.. command.Select(RespConnection.Part)]);

    public Task ListenAsync(string channel) => _connection.SubscribeAsync(RespConnection.Part("SUBSCRIBE"), RespConnection.Part(channel));

    /// <summary>Publishes a message; returns the number of receivers.</summary>
    public async Task<long> PublishAsync(string channel, byte[] message) =>
        (await _connection.AskAsync(RespConnection.Part("PUBLISH"), RespConnection.Part(channel), message)).Number;

    /// <summary>Sets a field of a hash.</summary>
    public Task SetAsync(string key, string field, byte[] value) =>
        _connection.AskAsync(RespConnection.Part("HSET"), RespConnection.Part(key), RespConnection.Part(field), value);

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
