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
internal readonly record struct Usage(
    long ClientUnits,
    long UpstreamUnits,
    long MessagesSent,
    long MessagesReceived,
    long BytesSent,
    long BytesReceived,
    long ConnectionsOpened,
    long ConnectionsPeak)
{
    /// <summary>The figure that is billed.</summary>
    public long Units => ClientUnits + UpstreamUnits;

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
        ConnectionsPeak);

    private Usage Sum(in Usage other, long peak) => new(
        ClientUnits + other.ClientUnits,
        UpstreamUnits + other.UpstreamUnits,
        MessagesSent + other.MessagesSent,
        MessagesReceived + other.MessagesReceived,
        BytesSent + other.BytesSent,
        BytesReceived + other.BytesReceived,
        ConnectionsOpened + other.ConnectionsOpened,
        peak);
}
