using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Which groups a user is in, with expiry: what outlives a connection, so that a user's present and later connections join.
/// </summary>
internal interface IUserGroupStore
{
    /// <summary>Puts a user into a group until <paramref name="expires"/>; an earlier expiry is replaced.</summary>
    ValueTask AddAsync(HubName hub, string user, string group, DateTimeOffset expires, CancellationToken cancellation);

    /// <summary>Takes a user out of a group.</summary>
    ValueTask RemoveAsync(HubName hub, string user, string group, CancellationToken cancellation);

    /// <summary>Takes a user out of every group.</summary>
    ValueTask RemoveAllAsync(HubName hub, string user, CancellationToken cancellation);

    /// <summary>The groups a user is in now.</summary>
    ValueTask<IReadOnlyList<string>> GroupsOfAsync(HubName hub, string user, CancellationToken cancellation);

    /// <summary>Removes and returns the memberships whose time is over.</summary>
    ValueTask<IReadOnlyList<UserGroup>> TakeExpiredAsync(CancellationToken cancellation);
}

/// <summary>One user's membership of one group.</summary>
internal readonly record struct UserGroup(HubName Hub, string User, string Group);
