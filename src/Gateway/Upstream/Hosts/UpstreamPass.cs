using Serverless.Protocol;

namespace Serverless.Gateway.Upstream.Hosts;

/// <summary>What <see cref="UpstreamGate"/> has answered to a call: admitted, refused with a reason, or neither as its wait was cancelled.</summary>
/// <param name="Host">The host whose connection the call has; null if it was not admitted.</param>
/// <param name="Kind">The kind of the call.</param>
internal readonly record struct UpstreamPass(UpstreamHost? Host, UpstreamCallKind Kind)
{
    /// <summary>The call may be sent.</summary>
    public bool IsAdmitted => Host is not null;

    /// <summary>Why the call may not be sent, and which setting decides that; null if it may, or its wait was cancelled.</summary>
    public string? WhyNot { get; private init; }

    /// <summary>The time that the call has waited.</summary>
    public TimeSpan Waited { get; init; }

    public static UpstreamPass Refused(string whyNot) => new() { WhyNot = whyNot };
}

/// <summary>Kinds of upstream calls that wait differently for a connection.</summary>
internal enum UpstreamCallKind
{
    /// <summary>A client's invocation, or a dead letter that is sent again.</summary>
    Message,

    /// <summary>An invocation whose answer may stay open.</summary>
    Stream,

    /// <summary>The event of a connection that is there.</summary>
    Connected,

    /// <summary>The event of a connection that has gone.</summary>
    Disconnected,
}

/// <summary>What the kinds have in common.</summary>
internal static class UpstreamCallKinds
{
    /// <summary>The kind of a call.</summary>
    public static UpstreamCallKind Of(string category, string eventName, bool isStream, bool isReplay) =>
        isStream ? UpstreamCallKind.Stream
        : category != UpstreamCategories.Connections || isReplay ? UpstreamCallKind.Message
        : eventName == UpstreamCategories.Disconnected ? UpstreamCallKind.Disconnected
        : UpstreamCallKind.Connected;

    /// <summary>The gateway's own report of a connection, for which no client waits.</summary>
    public static bool IsEvent(UpstreamCallKind kind) => kind is UpstreamCallKind.Connected or UpstreamCallKind.Disconnected;
}
