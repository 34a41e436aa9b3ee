using Serverless.Gateway.Backplane.Redis.Lanes;
using Serverless.Gateway.Backplane.Redis.Resp;

namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>What streams need of the way to Redis.</summary>
internal interface IStreamRedis
{
    /// <summary>Names of channels and keys.</summary>
    RedisNames Names { get; }

    /// <summary>The connection to the server that has a key; null while it is away. Another connection is maybe to another Redis.</summary>
    RespConnection? ConnectionFor(ReadOnlyMemory<byte> key);

    /// <summary>Sends a command about a key over a connection, behind those before.</summary>
    /// <exception cref="RedisException">Redis refused it.</exception>
    /// <exception cref="IOException">The connection is lost; whether the command was done is not known.</exception>
    Task<RespValue> AskAsync(RespConnection connection, ReadOnlyMemory<byte> key, params ReadOnlyMemory<byte>[] command);

    /// <summary>Publishes to those who listen.</summary>
    ValueTask<Published> PublishAsync(string channel, byte[] message);
}
