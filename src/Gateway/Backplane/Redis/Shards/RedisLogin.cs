using Microsoft.IdentityModel.JsonWebTokens;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>
/// Logs one connection in to Redis: by password, or by a token of the gateway's own identity. Redis ends a connection when its token expires,
/// so each new token is sent.
/// </summary>
internal sealed class RedisLogin(RedisAddress address, IdentityTokens identity)
{
    private const string Scope = "https://redis.azure.com/.default";

    private string? _shown;

    /// <summary>Returns the name by which operators and other nodes recognize a node's connections.</summary>
    public static string NameOf(string node) => $"sg-{node}";

    /// <summary>Returns the first command of a connection: protocol 3, the login, and the connection's name.</summary>
    public async ValueTask<ReadOnlyMemory<byte>[]> HelloAsync(NodeId node, CancellationToken cancel)
    {
        var who = address.UsesEntra ? WithToken(await TokenAsync(cancel))
            : address.Password is { } password ? [Part(address.User ?? "default"), Part(password)]
            : Array.Empty<ReadOnlyMemory<byte>>();
        return [Part("HELLO"), Part("3"), .. who.Length == 0 ? [] : (ReadOnlyMemory<byte>[])[Part("AUTH"), .. who], Part("SETNAME"), Part(NameOf(node.Value))];
    }

    /// <summary>
    /// Returns the command that sends a new token; null while the last one is valid. The identity renews it some minutes before its end.
    /// </summary>
    public async ValueTask<ReadOnlyMemory<byte>[]?> RenewalAsync(CancellationToken cancel) =>
        address.UsesEntra && await TokenAsync(cancel) is var token && token != _shown ? [Part("AUTH"), .. WithToken(token)] : null;

    private async ValueTask<string> TokenAsync(CancellationToken cancel) => (await identity.GetAsync(Scope, cancel))["Bearer ".Length..];

    private ReadOnlyMemory<byte>[] WithToken(string token)
    {
        _shown = token;
        return [Part(address.User ?? UserOf(token)), Part(token)];
    }

    // In Azure Managed Redis, the user of an identity is its object id.
    private static string UserOf(string token)
    {
        var handler = new JsonWebTokenHandler();
        return handler.CanReadToken(token) && handler.ReadJsonWebToken(token).TryGetValue<string>("oid", out var objectId) ? objectId : "";
    }
}
