namespace Serverless.Gateway.Metering;

/// <summary>What a hub has used in a span of time.</summary>
/// <param name="ClientUnits">Units of messages to clients.</param>
/// <param name="UpstreamUnits">Units of messages to upstreams.</param>
/// <param name="MessagesSent">Messages to clients, whatever their size.</param>
/// <param name="MessagesReceived">Messages of clients.</param>
/// <param name="BytesSent">To clients and upstreams.</param>
/// <param name="BytesReceived">From clients.</param>
/// <param name="ConnectionsOpened">Clients that came.</param>
/// <param name="ConnectionsPeak">The most clients at once.</param>
/// <param name="LiveTraceUnits">Units of messages to viewers of the live feed.</param>
/// <param name="DiagnosticOpened">Those of the clients that were diagnostic ones.</param>
/// <param name="LiveTraceOpened">Viewers that came, who are no clients.</param>
internal readonly record struct Usage(
    long ClientUnits,
    long UpstreamUnits,
    long MessagesSent,
    long MessagesReceived,
    long BytesSent,
    long BytesReceived,
    long ConnectionsOpened,
    long ConnectionsPeak,
    long LiveTraceUnits = 0,
    long DiagnosticOpened = 0,
    long LiveTraceOpened = 0)
{
    /// <summary>The figure that is billed; the service bills live traces as outbound messages too.</summary>
    public long Units => MessageUnits + LiveTraceUnits;

    /// <summary>The same without what is for viewers, who must not use up what clients have.</summary>
    public long MessageUnits => ClientUnits + UpstreamUnits;

    /// <summary>Both of one place, one after the other.</summary>
    public Usage Then(in Usage later) => Sum(later, Math.Max(ConnectionsPeak, later.ConnectionsPeak));

    /// <summary>Both at one time, in different places.</summary>
    public Usage Beside(in Usage other) => Sum(other, ConnectionsPeak + other.ConnectionsPeak);

    /// <summary>What has come since an earlier total; the peak is this one's.</summary>
    public Usage Since(in Usage earlier) => new(
        ClientUnits - earlier.ClientUnits,
        UpstreamUnits - earlier.UpstreamUnits,
        MessagesSent - earlier.MessagesSent,
        MessagesReceived - earlier.MessagesReceived,
        BytesSent - earlier.BytesSent,
        BytesReceived - earlier.BytesReceived,
        ConnectionsOpened - earlier.ConnectionsOpened,
        ConnectionsPeak,
        LiveTraceUnits - earlier.LiveTraceUnits,
        DiagnosticOpened - earlier.DiagnosticOpened,
        LiveTraceOpened - earlier.LiveTraceOpened);

    private Usage Sum(in Usage other, long peak) => new(
        ClientUnits + other.ClientUnits,
        UpstreamUnits + other.UpstreamUnits,
        MessagesSent + other.MessagesSent,
        MessagesReceived + other.MessagesReceived,
        BytesSent + other.BytesSent,
        BytesReceived + other.BytesReceived,
        ConnectionsOpened + other.ConnectionsOpened,
        peak,
        LiveTraceUnits + other.LiveTraceUnits,
        DiagnosticOpened + other.DiagnosticOpened,
        LiveTraceOpened + other.LiveTraceOpened);
}
