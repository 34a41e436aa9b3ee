namespace Serverless.Gateway.Limits;

/// <summary>
/// What this node may use of what a process has only so much of, settled once at start. Each descriptor of the limit belongs to one
/// share, so that no part can take what another needs.
/// </summary>
/// <param name="Descriptors">The descriptor limit of the process.</param>
/// <param name="Clients">Clients that may be connected.</param>
/// <param name="OtherSockets">Accepted sockets that belong to no connected client: REST calls, probes, negotiation and refusals.</param>
/// <param name="UpstreamPerHost">Connections to one upstream host.</param>
/// <param name="Upstream">Connections to all upstream hosts together.</param>
/// <param name="QueuedBytes">Bytes that may be held for all clients together.</param>
internal sealed record NodeBudget(int Descriptors, int Clients, int OtherSockets, int UpstreamPerHost, int Upstream, long QueuedBytes)
{
    /// <summary>
    /// Descriptors of the runtime: two for each assembly, event queues, pipes, configuration files and their watchers. 245 are in use
    /// after a start in Development; the rest is for assemblies that later work loads.
    /// </summary>
    public const int RuntimeDescriptors = 320;

    /// <summary>Descriptors for Redis, table storage, identity, telemetry and log files.</summary>
    public const int ServiceDescriptors = 32;

    private const int Share = 32;
    private const int MinOther = 48;
    private const int MinUpstream = 16;
    private const int MaxShare = 1024;
    private const int QueuedShare = 4;
    private const int MaxStreamsPerUser = 100;

    /// <summary>Accepted sockets of all kinds; while there are so many, the node accepts none.</summary>
    public int Sockets => Clients + OtherSockets;

    /// <summary>Streams that one upstream host may hold open: the other half of its connections is for calls that end.</summary>
    public int StreamsPerHost => UpstreamPerHost / 2;

    /// <summary>Streams that all upstream hosts together may hold open.</summary>
    public int Streams => Upstream / 2;

    /// <summary>Streams of one user, if nothing else is configured: no user takes all of a host's.</summary>
    public int StreamsPerUser => Math.Clamp(StreamsPerHost / 2, 1, MaxStreamsPerUser);

    /// <summary>The clients that a descriptor limit leaves room for, if nothing else is configured.</summary>
    public static int MaxClients(int descriptors) => MaxClients(descriptors, UpstreamOf(descriptors));

    /// <summary>Divides what the process may use.</summary>
    /// <param name="descriptors">The descriptor limit.</param>
    /// <param name="memory">Bytes of memory that the process may use.</param>
    /// <param name="clients">The configured number of clients; null for what the limit leaves.</param>
    /// <param name="upstreamPerHost">The configured number of connections to an upstream host; null for a share.</param>
    /// <param name="queuedBytes">The configured bytes; null for a share.</param>
    public static NodeBudget Of(int descriptors, long memory, int? clients = null, int? upstreamPerHost = null, long? queuedBytes = null)
    {
        var perHost = upstreamPerHost ?? UpstreamOf(descriptors);
        var maxClients = MaxClients(descriptors, perHost);
        return new NodeBudget(
            descriptors,
            Math.Min(clients ?? maxClients, maxClients),
            OtherOf(descriptors),
            perHost,
            UpstreamOfAll(perHost),
            queuedBytes ?? Math.Max(memory / QueuedShare, 1024 * 1024));
    }

    private static int MaxClients(int descriptors, int upstreamPerHost) => Math.Max(
        1, descriptors - RuntimeDescriptors - ServiceDescriptors - OtherOf(descriptors) - UpstreamOfAll(upstreamPerHost));

    // One host that hangs leaves as much to all others.
    private static int UpstreamOfAll(int perHost) => 2 * perHost;

    private static int OtherOf(int descriptors) => Math.Clamp(descriptors / Share, MinOther, MaxShare);

    private static int UpstreamOf(int descriptors) => Math.Clamp(descriptors / Share, MinUpstream, MaxShare);
}
