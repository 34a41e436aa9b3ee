using Microsoft.IdentityModel.JsonWebTokens;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using static Serverless.Gateway.Backplane.Redis.RespConnection;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>Logs in to Redis: by password, or by a token of the gateway's own identity, which is renewed in time.</summary>
internal sealed class RedisLogin(RedisAddress address, IdentityTokens identity, TimeProvider time)
{
    private const string Scope = "https://redis.azure.com/.default";
    private static readonly TimeSpan RenewEvery = TimeSpan.FromMinutes(10);

    private DateTimeOffset _renewAt = DateTimeOffset.MaxValue;

    /// <summary>How operators and other nodes know a node's connection.</summary>
    public static string NameOf(string node) => $"sg-{node}";

    /// <summary>The command that begins a connection: protocol 3, who it is, and a name by which operators know the node.</summary>
    public async ValueTask<ReadOnlyMemory<byte>[]> HelloAsync(NodeId node, CancellationToken cancel)
    {
        var who = await CredentialsAsync(cancel);
        return [Part("HELLO"), Part("3"), .. who.Length == 0 ? [] : (ReadOnlyMemory<byte>[])[Part("AUTH"), .. who], Part("SETNAME"), Part(NameOf(node.Value))];
    }

    /// <summary>The command that shows a new token; null while the last one is good.</summary>
    public async ValueTask<ReadOnlyMemory<byte>[]?> NeedsRenewalAsync(CancellationToken cancel) =>
        time.GetUtcNow() < _renewAt ? null : [Part("AUTH"), .. await CredentialsAsync(cancel)];

    private async ValueTask<ReadOnlyMemory<byte>[]> CredentialsAsync(CancellationToken cancel)
    {
        if (!address.UsesEntra)
        {
            return address.Password is { } password ? [Part(address.User ?? "default"), Part(password)] : [];
        }

        // The tokens are kept and renewed by the identity; showing the same one again does no harm.
        var token = (await identity.GetAsync(Scope, cancel))["Bearer ".Length..];
        _renewAt = time.GetUtcNow() + RenewEvery;
        var user = address.User ?? (new JsonWebToken(token).TryGetValue<string>("oid", out var objectId) ? objectId : "");
        return [Part(user), Part(token)];
    }
}
