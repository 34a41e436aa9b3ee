using System.Security.Cryptography;
using System.Text;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Provides the names of the Redis keys of durable state. The keys of one user share a slot of a cluster, and so do those of all dead
/// letters, because scripts change them together.
/// </summary>
/// <param name="prefix">The deployment's prefix, as in <see cref="RedisNames"/>.</param>
internal sealed class StoreNames(string prefix)
{
    private const int UserLength = 32; // 128 bits of the hash

    /// <summary>Gets the hash of the encrypted keys that sign stored values.</summary>
    public ReadOnlyMemory<byte> Keys { get; } = Part($"{prefix}:store:keys");

    /// <summary>Gets the dead letters' keys, in the order of the scripts: ids, failures, letters, bodies, size.</summary>
    public ReadOnlyMemory<byte>[] DeadLetters { get; } =
    [
        Part($"{prefix}:{{dead}}:ids"), Part($"{prefix}:{{dead}}:failed"), Part($"{prefix}:{{dead}}:letters"), Part($"{prefix}:{{dead}}:bodies"),
        Part($"{prefix}:{{dead}}:bytes"),
    ];

    /// <summary>Returns a user's keys, in the order of the scripts: groups, expiries, and memberships without a time to live.</summary>
    public ReadOnlyMemory<byte>[] Groups(HubName hub, string user)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{hub.Value}\0{user}")))[..UserLength];
        return [Part($"{prefix}:groups:{{{hash}}}"), Part($"{prefix}:ends:{{{hash}}}"), Part($"{prefix}:lasting:{{{hash}}}")];
    }

    /// <summary>Returns the hash of a day's usage.</summary>
    public ReadOnlyMemory<byte> Usage(string day) => Part($"{prefix}:usage:{day}");

    /// <summary>Returns the place that a membership is signed for.</summary>
    public string MembershipPlace(HubName hub, string user, string group) => $"{prefix}:groups:{hub.Value}\n{user.Length}\n{user}\n{group}";

    /// <summary>Returns the place that a dead letter is signed for.</summary>
    public string DeadLetterPlace(string id) => $"{prefix}:dead:{id}";

    /// <summary>Returns the place that a row of usage is signed for.</summary>
    public string UsagePlace(string day, string field) => $"{prefix}:usage:{day}\n{field}";

    /// <summary>Returns the place that a stored key is encrypted for.</summary>
    public string KeyPlace(string id) => $"{prefix}:store:keys\n{id}";
}
