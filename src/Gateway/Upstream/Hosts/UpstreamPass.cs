using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Hosts;

/// <summary>The decision of <see cref="UpstreamGate"/> about a call: admitted, refused with a reason, or neither if its wait was cancelled.</summary>
/// <param name="Host">The host to which the call has a connection; null if it was not admitted.</param>
/// <param name="Kind">The kind of the call.</param>
internal readonly record struct UpstreamPass(UpstreamHost? Host, UpstreamCallKind Kind)
{
    /// <summary>Gets a value that indicates whether the call may be sent.</summary>
    public bool IsAdmitted => Host is not null;

    /// <summary>Gets the reason why the call is refused, with the setting that decides it; null if it is not refused.</summary>
    public string? WhyNot { get; private init; }

    /// <summary>Gets the time that the call has waited.</summary>
    public TimeSpan Waited { get; init; }

    public static UpstreamPass Refused(string whyNot) => new() { WhyNot = whyNot };
}

/// <summary>The kind of an upstream call, which decides how it waits for a connection.</summary>
internal enum UpstreamCallKind
{
    /// <summary>A client's invocation, or a dead letter that is sent again.</summary>
    Message,

    /// <summary>An invocation whose answer is a stream.</summary>
    Stream,

    /// <summary>The event of a connection that has opened.</summary>
    Connected,

    /// <summary>The event of a connection that has ended.</summary>
    Disconnected,
}

/// <summary>Classifies upstream calls.</summary>
internal static class UpstreamCallKinds
{
    /// <summary>Returns the kind of a call.</summary>
    public static UpstreamCallKind Of(string category, string eventName, bool isStream, bool isReplay) =>
        isStream ? UpstreamCallKind.Stream
        : category != UpstreamCategories.Connections || isReplay ? UpstreamCallKind.Message
        : eventName == UpstreamCategories.Disconnected ? UpstreamCallKind.Disconnected
        : UpstreamCallKind.Connected;

    /// <summary>Returns true for an event of a connection, whose result no client waits for.</summary>
    public static bool IsEvent(UpstreamCallKind kind) => kind is UpstreamCallKind.Connected or UpstreamCallKind.Disconnected;
}
