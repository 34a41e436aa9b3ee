using Serverless.Gateway.Backplane.Redis.Resp;

namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>Receives the events of a server's connection. Each server has one loop, which calls these methods one after another.</summary>
internal interface IShardEvents
{
    /// <summary>Gets a value that indicates whether Redis is a cluster, as far as is known yet.</summary>
    bool IsCluster { get; }

    /// <summary>A connection is logged in. The task completes when the server has confirmed the subscriptions of its channels.</summary>
    Task LoggedInAsync(RedisShard shard, RespConnection connection, RedisTopology topology);

    /// <summary>The connection is ready for use.</summary>
    /// <param name="downtime">The time without a connection to this server; null for the first connection.</param>
    void Connected(TimeSpan? downtime);

    /// <summary>The server has no connection.</summary>
    void Disconnected(RedisShard shard);

    /// <summary>The server has pushed a value. The connection's reader calls this in order, and it must not wait.</summary>
    void Pushed(RedisShard shard, RespConnection connection, RespValue push);
}
