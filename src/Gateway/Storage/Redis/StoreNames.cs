using System.Security.Cryptography;
using System.Text;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Names of the keys under which durable state is kept in Redis. The keys of one user share a slot of a cluster, and so do all of the dead
/// letters': scripts change them together.
/// </summary>
/// <param name="prefix">The deployment's prefix, as <see cref="RedisNames"/> has it.</param>
internal sealed class StoreNames(string prefix)
{
    private const int UserLength = 32; // 128 bits of the hash

    /// <summary>The hash of the keys that sign what is stored, each encrypted.</summary>
    public ReadOnlyMemory<byte> Keys { get; } = Part($"{prefix}:store:keys");

    /// <summary>The dead letters' keys, in the order in which the scripts take them: ids, failures, letters, bodies, size.</summary>
    public ReadOnlyMemory<byte>[] DeadLetters { get; } =
    [
        Part($"{prefix}:{{dead}}:ids"), Part($"{prefix}:{{dead}}:failed"), Part($"{prefix}:{{dead}}:letters"), Part($"{prefix}:{{dead}}:bodies"),
        Part($"{prefix}:{{dead}}:bytes"),
    ];

    /// <summary>A user's keys, in the order in which the scripts take them: groups, ends, and which have no time to live.</summary>
    public ReadOnlyMemory<byte>[] Groups(HubName hub, string user)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{hub.Value}\0{user}")))[..UserLength];
        return [Part($"{prefix}:groups:{{{hash}}}"), Part($"{prefix}:ends:{{{hash}}}"), Part($"{prefix}:lasting:{{{hash}}}")];
    }

    /// <summary>The hash of a day's usage.</summary>
    public ReadOnlyMemory<byte> Usage(string day) => Part($"{prefix}:usage:{day}");

    /// <summary>What a membership is signed for.</summary>
    public string MembershipPlace(HubName hub, string user, string group) => $"{prefix}:groups:{hub.Value}\n{user.Length}\n{user}\n{group}";

    /// <summary>What a dead letter is signed for.</summary>
    public string DeadLetterPlace(string id) => $"{prefix}:dead:{id}";

    /// <summary>What a row of usage is signed for.</summary>
    public string UsagePlace(string day, string field) => $"{prefix}:usage:{day}\n{field}";

    /// <summary>What a stored key is encrypted for.</summary>
    public string KeyPlace(string id) => $"{prefix}:store:keys\n{id}";
}
