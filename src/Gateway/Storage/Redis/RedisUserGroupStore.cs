using System.Buffers.Binary;
using Serverless.Gateway.Addressing;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Stores memberships in Redis, where the nodes share them: a hash for each user, whose values are signed. A user's keys expire with the
/// latest membership.
/// </summary>
internal sealed class RedisUserGroupStore(RedisStore store, StoreKeys keys, StoreNames names, TimeProvider time) : IUserGroupStore
{
    private static readonly ReadOnlyMemory<byte> MaxWithoutTimeToLive = RedisStore.Number(IUserGroupStore.MaxWithoutTimeToLive);

    // More than the difference between the nodes' clocks.
    private static readonly ReadOnlyMemory<byte> KeysOutlive = RedisStore.Number((long)TimeSpan.FromHours(1).TotalMilliseconds);

    public StoreKind Kind => StoreKind.Redis;

    public string State => store.State;

    public TimeSpan CleanUpInterval { get; } = TimeSpan.FromHours(1);

    public async ValueTask AddAsync(HubName hub, string user, string group, Membership membership, CancellationToken cancellation)
    {
        var value = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(value, membership.Expires.UtcTicks);
        var signed = (await keys.SignerAsync(cancellation)).Sign(value, names.MembershipPlace(hub, user, group));
        await store.RunAsync(
            UserGroupScripts.Add,
            names.Groups(hub, user),
            cancellation,
            Now(),
            Part(group),
            signed,
            RedisStore.Number((long)Math.Ceiling((membership.Expires - DateTimeOffset.UnixEpoch).TotalMilliseconds)),
            Part(membership.HasTimeToLive ? "0" : "1"),
            MaxWithoutTimeToLive,
            KeysOutlive);
    }

    public async ValueTask RemoveAsync(HubName hub, string user, string group, CancellationToken cancellation) =>
        await store.RunAsync(UserGroupScripts.Remove, names.Groups(hub, user), cancellation, Part(group));

    public async ValueTask RemoveAllAsync(HubName hub, string user, CancellationToken cancellation) =>
        await store.WriteAsync(cancellation, [Part("DEL"), .. names.Groups(hub, user)]);

    public async ValueTask<IReadOnlyDictionary<string, DateTimeOffset>> GroupsOfAsync(HubName hub, string user, CancellationToken cancellation)
    {
        var stored = await store.ReadHashAsync(names.Groups(hub, user)[0], int.MaxValue, cancellation);
        if (stored.Count == 0)
        {
            return NoGroups.Instance;
        }

        var signer = await keys.VerifierAsync(stored.Values, cancellation);
        var groups = new Dictionary<string, DateTimeOffset>(stored.Count, StringComparer.Ordinal);
        var now = time.GetUtcNow();
        var hasExpired = false;
        foreach (var (group, value) in stored)
        {
            if (!signer.TryOpen(value, names.MembershipPlace(hub, user, group), out var content) || content.Length != sizeof(long))
            {
                keys.Refuse();
            }
            else if (new DateTimeOffset(BinaryPrimitives.ReadInt64BigEndian(content.Span), TimeSpan.Zero) is var expires && expires > now)
            {
                groups[group] = expires;
            }
            else
            {
                hasExpired = true;
            }
        }

        if (hasExpired)
        {
            await RemoveExpiredAsync(hub, user, cancellation);
        }

        return groups;
    }

    /// <summary>Returns at once: expired memberships are removed when a user's groups are changed or read, and the keys expire.</summary>
    public ValueTask DeleteExpiredAsync(CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask ProbeAsync(CancellationToken cancellation) => keys.KeepAsync(cancellation);

    private ReadOnlyMemory<byte> Now() => RedisStore.Number(time.GetUtcNow().ToUnixTimeMilliseconds());

    private async ValueTask RemoveExpiredAsync(HubName hub, string user, CancellationToken cancellation)
    {
        try
        {
            await store.RunAsync(UserGroupScripts.RemoveExpired, names.Groups(hub, user), cancellation, Now());
        }
        catch (StoreUnavailableException)
        {
            // Expired memberships are ignored in any case.
        }
    }
}
