using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Stores the groups of users, with expiry. Memberships outlive connections: a user's present and later connections join the groups.
/// Every method may fail with <see cref="StoreUnavailableException"/>.
/// </summary>
internal interface IUserGroupStore
{
    /// <summary>
    /// The maximum of a user's memberships without a time to live; the latest are kept (docs/contract/rest-api.md#users-in-groups).
    /// </summary>
    const int MaxWithoutTimeToLive = 100;

    /// <summary>Gets the kind of the store.</summary>
    StoreKind Kind { get; }

    /// <summary>Gets the state for the health report: the kind, or <c>Unavailable</c>.</summary>
    string State { get; }

    /// <summary>Adds a user to a group, and replaces an earlier membership.</summary>
    ValueTask AddAsync(HubName hub, string user, string group, Membership membership, CancellationToken cancellation);

    /// <summary>Removes a user from a group.</summary>
    ValueTask RemoveAsync(HubName hub, string user, string group, CancellationToken cancellation);

    /// <summary>Removes a user from every group.</summary>
    ValueTask RemoveAllAsync(HubName hub, string user, CancellationToken cancellation);

    /// <summary>Returns the groups that a user is in now, with their expiry.</summary>
    ValueTask<IReadOnlyDictionary<string, DateTimeOffset>> GroupsOfAsync(HubName hub, string user, CancellationToken cancellation);

    /// <summary>Deletes expired memberships, which are ignored in any case.</summary>
    ValueTask DeleteExpiredAsync(CancellationToken cancellation);

    /// <summary>Gets the interval at which deleting expired memberships is worth its cost.</summary>
    TimeSpan CleanUpInterval { get; }

    /// <summary>Returns a task that completes when the store has answered.</summary>
    ValueTask ProbeAsync(CancellationToken cancellation);
}

/// <summary>Represents the duration of a membership.</summary>
/// <param name="Expires">The time when it expires.</param>
/// <param name="HasTimeToLive">False if the caller gave no time to live. Such memberships are limited in number.</param>
internal readonly record struct Membership(DateTimeOffset Expires, bool HasTimeToLive);

/// <summary>
/// The exception that is thrown when the durable store is unreachable or refuses. The message is for the operator and contains no secret.
/// </summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
