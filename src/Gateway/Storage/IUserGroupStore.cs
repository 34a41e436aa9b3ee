using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Which groups a user is in, with expiry: what outlives a connection, so that a user's present and later connections join.
/// Every method may fail with <see cref="StoreUnavailableException"/>.
/// </summary>
internal interface IUserGroupStore
{
    /// <summary>Of the memberships without a time to live, a user keeps so many, the latest (docs/contract/rest-api.md#users-in-groups).</summary>
    const int MaxWithoutTimeToLive = 100;

    /// <summary>Where state is kept.</summary>
    StoreKind Kind { get; }

    /// <summary>The state for health: the kind, or <c>Unavailable</c>.</summary>
    string State { get; }

    /// <summary>Puts a user into a group, in place of an earlier membership.</summary>
    ValueTask AddAsync(HubName hub, string user, string group, Membership membership, CancellationToken cancellation);

    /// <summary>Takes a user out of a group.</summary>
    ValueTask RemoveAsync(HubName hub, string user, string group, CancellationToken cancellation);

    /// <summary>Takes a user out of every group.</summary>
    ValueTask RemoveAllAsync(HubName hub, string user, CancellationToken cancellation);

    /// <summary>The groups a user is in now, and until when.</summary>
    ValueTask<IReadOnlyDictionary<string, DateTimeOffset>> GroupsOfAsync(HubName hub, string user, CancellationToken cancellation);

    /// <summary>Removes the memberships whose time is over; they count no more in any case.</summary>
    ValueTask DeleteExpiredAsync(CancellationToken cancellation);

    /// <summary>How often that is worth its price.</summary>
    TimeSpan CleanUpInterval { get; }

    /// <summary>Ends when the store has answered.</summary>
    ValueTask ProbeAsync(CancellationToken cancellation);
}

/// <summary>How long a user is in a group.</summary>
/// <param name="Expires">The end.</param>
/// <param name="HasTimeToLive">False where the caller named no time: such memberships are limited in number.</param>
internal readonly record struct Membership(DateTimeOffset Expires, bool HasTimeToLive);

/// <summary>The durable store cannot be reached, or refuses; the message is for the operator and holds no secret.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
