using System.Collections.Frozen;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Hosting.Logs;

/// <summary>
/// The number of lines in a minute of each event of level Warning or above, and of <c>AudienceRefused</c>. Events that clients or strangers can
/// cause are limited, the framework's own included; events of the node itself are not. A test requires that each event is in one of the two lists.
/// </summary>
internal static class LogLimits
{
    private const int Usual = 10;

    // One line for each connection or event, each with its own id, so more of them are useful.
    private const int OfEach = 100;

    private static readonly FrozenDictionary<int, LogLimit> Limited = new Dictionary<int, LogLimit>
    {
        [EventIds.Observability + 2] = new(OfEach, "OperationName"), // DiagnosticClientTraced
        [EventIds.Access + 3] = new(Usual), // EntraMetadataUnavailable
        [EventIds.Access + 4] = new(Usual), // AudienceRefused
        [EventIds.Connections + 1] = new(Usual), // HeartbeatFailed
        [EventIds.Storage + 11] = new(Usual), // DeadLettersDropped
        [EventIds.Storage + 12] = new(OfEach), // DeadLetterWaits
        [EventIds.Storage + 16] = new(Usual), // StoredDeadLettersDropped
        [EventIds.Routing + 2] = new(Usual), // UserGroupsNotJoined
        [EventIds.Routing + 3] = new(Usual), // NodeRequestFailed
        [EventIds.Upstream + 1] = new(Usual, "Reason"), // UpstreamNoRoute
        [EventIds.Upstream + 2] = new(Usual, "Template"), // UpstreamRefused
        [EventIds.Upstream + 3] = new(Usual, "Template"), // UpstreamTimedOut
        [EventIds.Upstream + 4] = new(Usual, "Template"), // UpstreamFailed
        [EventIds.Upstream + 11] = new(Usual, "Template"), // UpstreamNoSecret
        [EventIds.Upstream + 12] = new(Usual, "Template"), // UpstreamNoIdentity
        [EventIds.Upstream + 30] = new(Usual, "Template"), // UpstreamRedirectRefused
        [EventIds.Upstream + 23] = new(OfEach, "Template"), // UpstreamDeadLetter
        [EventIds.Upstream + 24] = new(OfEach, "Template"), // UpstreamEventLost
        [EventIds.Upstream + 31] = new(Usual, "Template"), // UpstreamNoConnection
        [EventIds.Dispatch + 1] = new(Usual), // CallFailed
        [EventIds.Dispatch + 5] = new(Usual), // GatewayMethodFailed
        [EventIds.Clients + 1] = new(Usual), // SessionFailed
        [EventIds.Clients + 2] = new(OfEach, "Reason"), // ConnectionEnded
        [EventIds.Management + 1] = new(Usual), // RestFailed
        [EventIds.Backplane + 3] = new(Usual), // RedisRefused
        [EventIds.Backplane + 4] = new(Usual), // BackplaneMessageFailed
        [EventIds.Admin + 1] = new(Usual), // AdminFailed
    }.ToFrozenDictionary();

    // Logged once for a change of the node, its surroundings or its configuration, or limited where they are logged.
    private static readonly FrozenSet<int> Unlimited = FrozenSet.Create(
        EventIds.Observability + 1, // ConfigurationChangeRefused
        EventIds.Connections + 2, // MemoryRelieved
        EventIds.Storage + 1, // TableUnavailable
        EventIds.Storage + 10, // UsageNotRecorded
        EventIds.Storage + 13, // DeadLetterLost: while the process ends
        EventIds.Storage + 14, // RedisStoreUnavailable
        EventIds.Routing + 1, // UserGroupExpiryFailed
        EventIds.Upstream + 10, // KeyVaultSecretNotRead
        EventIds.Upstream + 21, // UpstreamBreakerOpened
        EventIds.Dispatch + 2, // NodeLost
        EventIds.Dispatch + 3, // NodeGivenUp
        EventIds.Dispatch + 4, // NodeWatchFailed
        EventIds.Hosting + 1, // CallsCutOff
        EventIds.Hosting + 2, // SettingsFileBroken
        EventIds.Hosting + 3, // SelfTestFailed
        EventIds.Hosting + 4, // DescriptorReserveSmall
        EventIds.Hosting + 6, // SettingsFileRefused
        EventIds.Backplane + 2, // RedisAway
        EventIds.Backplane + 5, // RedisSlotMoved
        EventIds.Backplane + 6, // RedisMessagesUnconfirmed
        EventIds.Backplane + 20, // BackplaneCut
        EventIds.Backplane + 21, // BackplaneBehind
        EventIds.Backplane + 22, // BackplaneCaughtUp
        EventIds.Backplane + 23, // StreamMessagesLost
        EventIds.Backplane + 24, // RedisRefusesWrites
        EventIds.Backplane + 26, // WaitingMessagesLost
        EventIds.Backplane + 27, // BackplaneMessageRefused: once a minute
        EventIds.Metering + 1, // ConnectionQuotaReached
        EventIds.Metering + 2, // HubMessageQuotaReached
        EventIds.Metering + 3, // MessageQuotaReached
        EventIds.Listening + 1, // SocketsExhausted: once a minute
        EventIds.Listening + 2); // DescriptorsExhausted: once a minute

    /// <summary>Returns the limit of one of the gateway's own events; null if it is not limited.</summary>
    public static LogLimit? Of(int eventId) =>
        Limited.TryGetValue(eventId, out var limit) ? limit : Unlimited.Contains(eventId) ? null : LogLimit.Default;

    /// <summary>
    /// Returns the limit of an event of level Information: null for all except those that a stranger can cause without a connection. The line
    /// of each connection that ends normally and the entries of diagnostic clients are always written.
    /// </summary>
    public static LogLimit? OfInformation(int eventId) => eventId == EventIds.Access + 4 ? Limited[eventId] : null;

    /// <summary>True when an event is in exactly one of the lists.</summary>
    public static bool IsDecided(int eventId) => Limited.ContainsKey(eventId) != Unlimited.Contains(eventId);
}

/// <summary>The limit of an event's lines in a minute.</summary>
/// <param name="Lines">The most lines.</param>
/// <param name="Detail">The name of the value whose values are counted separately; null if all lines are counted together.</param>
internal sealed record LogLimit(int Lines, string? Detail = null)
{
    /// <summary>The limit of the framework's events, and of new ones.</summary>
    public static LogLimit Default { get; } = new(10);
}
