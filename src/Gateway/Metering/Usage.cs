namespace Serverless.Gateway.Metering;

/// <summary>Represents what a hub has used in a period of time.</summary>
internal readonly record struct Usage
{
    /// <summary>Gets the units of messages to clients.</summary>
    public long ClientUnits { get; init; }

    /// <summary>Gets the units of messages to upstreams.</summary>
    public long UpstreamUnits { get; init; }

    /// <summary>Gets the number of messages to clients, whatever their size.</summary>
    public long MessagesSent { get; init; }

    /// <summary>Gets the number of messages from clients.</summary>
    public long MessagesReceived { get; init; }

    /// <summary>Gets the bytes sent to clients and upstreams.</summary>
    public long BytesSent { get; init; }

    /// <summary>Gets the bytes received from clients.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Gets the number of clients that connected.</summary>
    public long ConnectionsOpened { get; init; }

    /// <summary>Gets the largest number of clients connected at once.</summary>
    public long ConnectionsPeak { get; init; }

    /// <summary>Gets the units of messages to viewers of the live feed.</summary>
    public long LiveTraceUnits { get; init; }

    /// <summary>Gets the number of diagnostic clients among <see cref="ConnectionsOpened"/>.</summary>
    public long DiagnosticOpened { get; init; }

    /// <summary>Gets the number of viewers that connected. They are not counted as clients.</summary>
    public long LiveTraceOpened { get; init; }

    /// <summary>Gets the billed units. The service bills live traces as outbound messages too.</summary>
    public long Units => MessageUnits + LiveTraceUnits;

    /// <summary>
    /// Gets the units that count against quotas: those of viewers do not, so that a viewer cannot use up the clients' quota.
    /// </summary>
    public long MessageUnits => ClientUnits + UpstreamUnits;

    /// <summary>Adds a later period of the same place.</summary>
    public Usage Then(in Usage later) => Sum(later, Math.Max(ConnectionsPeak, later.ConnectionsPeak));

    /// <summary>Adds the same period of another place.</summary>
    public Usage Beside(in Usage other) => Sum(other, ConnectionsPeak + other.ConnectionsPeak);

    /// <summary>Returns the growth since an earlier total, with the peak of this one.</summary>
    public Usage Since(in Usage earlier) => new()
    {
        ClientUnits = ClientUnits - earlier.ClientUnits,
        UpstreamUnits = UpstreamUnits - earlier.UpstreamUnits,
        MessagesSent = MessagesSent - earlier.MessagesSent,
        MessagesReceived = MessagesReceived - earlier.MessagesReceived,
        BytesSent = BytesSent - earlier.BytesSent,
        BytesReceived = BytesReceived - earlier.BytesReceived,
        ConnectionsOpened = ConnectionsOpened - earlier.ConnectionsOpened,
        ConnectionsPeak = ConnectionsPeak,
        LiveTraceUnits = LiveTraceUnits - earlier.LiveTraceUnits,
        DiagnosticOpened = DiagnosticOpened - earlier.DiagnosticOpened,
        LiveTraceOpened = LiveTraceOpened - earlier.LiveTraceOpened,
    };

    private Usage Sum(in Usage other, long peak) => new()
    {
        ClientUnits = ClientUnits + other.ClientUnits,
        UpstreamUnits = UpstreamUnits + other.UpstreamUnits,
        MessagesSent = MessagesSent + other.MessagesSent,
        MessagesReceived = MessagesReceived + other.MessagesReceived,
        BytesSent = BytesSent + other.BytesSent,
        BytesReceived = BytesReceived + other.BytesReceived,
        ConnectionsOpened = ConnectionsOpened + other.ConnectionsOpened,
        ConnectionsPeak = peak,
        LiveTraceUnits = LiveTraceUnits + other.LiveTraceUnits,
        DiagnosticOpened = DiagnosticOpened + other.DiagnosticOpened,
        LiveTraceOpened = LiveTraceOpened + other.LiveTraceOpened,
    };
}
