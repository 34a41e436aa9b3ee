namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>How much of Redis is there, in the words of the health report.</summary>
internal enum RedisState
{
    /// <summary>Nothing.</summary>
    Unavailable,

    /// <summary>Some servers of a cluster: hubs of the others do not reach other nodes.</summary>
    Partial,

    /// <summary>All.</summary>
    Connected,
}
