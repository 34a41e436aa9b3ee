namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>The connection state across all servers of Redis, in the words of the health report.</summary>
internal enum RedisState
{
    /// <summary>No server is connected.</summary>
    Unavailable,

    /// <summary>Some servers of a cluster are connected: messages of hubs on the others do not reach other nodes.</summary>
    Partial,

    /// <summary>Every server is connected.</summary>
    Connected,
}
