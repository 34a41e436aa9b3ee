using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Metering;

/// <summary>What one hub has used on this node, since the node's start.</summary>
internal sealed class HubMeter(string hub)
{
    private readonly long[] _open = new long[ConnectionKinds.All.Count];
    private readonly long[] _opened = new long[ConnectionKinds.All.Count];
    private readonly long[] _closed = new long[ConnectionKinds.All.Count * CloseCategories.All.Count];
    private long _peak;

    /// <summary>The hub, with its application.</summary>
    public string Hub { get; } = hub;

    /// <summary>It is the gateway's own: those whom it sends to are viewers, no clients.</summary>
    public bool IsGateways { get; } = hub == HubName.Gateway.Value;

    /// <summary>To clients: each message once per receiver, when its transport has taken it.</summary>
    public TrafficCounter ToClients { get; } = new();

    /// <summary>To upstreams: clients' messages that were sent there.</summary>
    public TrafficCounter ToUpstreams { get; } = new();

    /// <summary>From clients; free.</summary>
    public TrafficCounter FromClients { get; } = new();

    /// <summary>Counts a connection in.</summary>
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

    /// <summary>Counts a connection out.</summary>
    public void Closed(ConnectionKind kind, CloseCategory category)
    {
        Interlocked.Decrement(ref _open[(int)kind]);
        Interlocked.Increment(ref _closed[Place(kind, category)]);
    }

    /// <summary>Connections that are open now.</summary>
    public long Open(ConnectionKind kind) => Volatile.Read(ref _open[(int)kind]);

    /// <summary>Open clients, diagnostic ones among them.</summary>
    public long Clients => Open(ConnectionKind.Client) + Open(ConnectionKind.Diagnostic);

    /// <summary>Connections that were opened.</summary>
    public long OpenedOf(ConnectionKind kind) => Volatile.Read(ref _opened[(int)kind]);

    /// <summary>Connections that ended for a reason.</summary>
    public long ClosedOf(ConnectionKind kind, CloseCategory category) => Volatile.Read(ref _closed[Place(kind, category)]);

    /// <summary>Everything since the node's start; the peak is left out.</summary>
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

    /// <summary>The most clients at once since the last call; the count begins anew with those that are here.</summary>
    public long TakePeak() => Math.Max(Interlocked.Exchange(ref _peak, Clients), Clients);

    private static int Place(ConnectionKind kind, CloseCategory category) => ((int)kind * CloseCategories.All.Count) + (int)category;
}
