using Serverless.Gateway.Access;

namespace Serverless.Gateway.Backplane.Redis.Link;

/// <summary>Holds the node's link to Redis for the services that share it.</summary>
/// <param name="Link">Null without Redis.</param>
/// <param name="Identity">The identity that logs in; null without Redis, and where the gateway's own identity is used.</param>
internal sealed record RedisHolder(RedisLink? Link, IdentityTokens? Identity) : IDisposable
{
    public void Dispose() => Identity?.Dispose();
}
