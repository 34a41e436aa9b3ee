using Serverless.Gateway.Backplane.Redis.Lanes;
using Serverless.Gateway.Backplane.Redis.Resp;

namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>Provides the part of the link to Redis that streams need.</summary>
internal interface IStreamRedis
{
    /// <summary>Gets the names of channels and keys.</summary>
    RedisNames Names { get; }

    /// <summary>
    /// Returns the connection to the server that owns a key's slot; null while it is unreachable. A later connection may be to another Redis.
    /// </summary>
    RespConnection? ConnectionFor(ReadOnlyMemory<byte> key);

    /// <summary>Sends a command about a key over a connection, behind the commands before it.</summary>
    /// <exception cref="RedisException">Redis refused it.</exception>
    /// <exception cref="IOException">The connection is lost; the command may or may not have been executed.</exception>
    Task<RespValue> AskAsync(RespConnection connection, ReadOnlyMemory<byte> key, params ReadOnlyMemory<byte>[] command);

    /// <summary>Publishes a message to the subscribers of a channel.</summary>
    ValueTask<Published> PublishAsync(string channel, byte[] message);
}
