using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Metering;

/// <summary>Counts the usage of one hub on this node since the node's start.</summary>
internal sealed class HubMeter(string hub)
{
    private readonly long[] _open = new long[ConnectionKinds.All.Count];
    private readonly long[] _opened = new long[ConnectionKinds.All.Count];
    private readonly long[] _closed = new long[ConnectionKinds.All.Count * CloseCategories.All.Count];
    private long _peak;

    /// <summary>Gets the hub's name, with its application.</summary>
    public string Hub { get; } = hub;

    /// <summary>Gets a value that indicates whether the hub is the gateway's own, whose connections are viewers and not clients.</summary>
    public bool IsGateways { get; } = hub == HubName.Gateway.Value;

    /// <summary>Gets the traffic to clients: each message once per receiver, when the transport has taken it.</summary>
    public TrafficCounter ToClients { get; } = new();

    /// <summary>Gets the traffic to upstreams: the clients' messages that were sent there.</summary>
    public TrafficCounter ToUpstreams { get; } = new();

    /// <summary>Gets the traffic from clients, which is not billed.</summary>
    public TrafficCounter FromClients { get; } = new();

    /// <summary>Counts a connection that has opened.</summary>
    public void Opened(ConnectionKind kind)
    {
        Interlocked.Increment(ref _opened[(int)kind]);
        Interlocked.Increment(ref _open[(int)kind]);
        var clients = Clients;
        for (var peak = Volatile.Read(ref _peak); clients > peak;)
        {
            var seen = Interlocked.CompareExchange(ref _peak, clients, peak);
            peak = seen == peak ? clients : seen;
        }
    }

    /// <summary>Counts a connection that has closed.</summary>
    public void Closed(ConnectionKind kind, CloseCategory category)
    {
        Interlocked.Decrement(ref _open[(int)kind]);
        Interlocked.Increment(ref _closed[Place(kind, category)]);
    }

    /// <summary>Returns the number of open connections of a kind.</summary>
    public long Open(ConnectionKind kind) => Volatile.Read(ref _open[(int)kind]);

    /// <summary>Gets the number of open clients, including diagnostic ones.</summary>
    public long Clients => Open(ConnectionKind.Client) + Open(ConnectionKind.Diagnostic);

    /// <summary>Returns the number of connections of a kind that were opened.</summary>
    public long OpenedOf(ConnectionKind kind) => Volatile.Read(ref _opened[(int)kind]);

    /// <summary>Returns the number of connections of a kind that ended in a category.</summary>
    public long ClosedOf(ConnectionKind kind, CloseCategory category) => Volatile.Read(ref _closed[Place(kind, category)]);

    /// <summary>Gets the usage since the node's start, without the peak.</summary>
    public Usage Total
    {
        get
        {
            var (clients, upstreams, received) = (ToClients.Total, ToUpstreams.Total, FromClients.Total);
            if (IsGateways)
            {
                return new Usage
                {
                    BytesSent = clients.Bytes,
                    BytesReceived = received.Bytes,
                    LiveTraceUnits = clients.Units,
                    LiveTraceOpened = OpenedOf(ConnectionKind.LiveTrace),
                };
            }

            return new Usage
            {
                ClientUnits = clients.Units,
                UpstreamUnits = upstreams.Units,
                MessagesSent = clients.Messages,
                MessagesReceived = received.Messages,
                BytesSent = clients.Bytes + upstreams.Bytes,
                BytesReceived = received.Bytes,
                ConnectionsOpened = OpenedOf(ConnectionKind.Client) + OpenedOf(ConnectionKind.Diagnostic),
                DiagnosticOpened = OpenedOf(ConnectionKind.Diagnostic),
            };
        }
    }

    /// <summary>Returns the largest number of clients at once since the last call, and starts again from the number of now.</summary>
    public long TakePeak() => Math.Max(Interlocked.Exchange(ref _peak, Clients), Clients);

    private static int Place(ConnectionKind kind, CloseCategory category) => ((int)kind * CloseCategories.All.Count) + (int)category;
}
