namespace Serverless.Gateway.Limits;

/// <summary>
/// Represents the node's shares of descriptors and memory, settled once at start. Each descriptor of the limit belongs to one share, so
/// that no part of the gateway can use up what another needs.
/// </summary>
/// <param name="Descriptors">The descriptor limit of the process.</param>
/// <param name="Clients">The maximum of connected clients.</param>
/// <param name="OtherSockets">Accepted sockets that belong to no connected client: REST calls, probes, negotiation and refusals.</param>
/// <param name="UpstreamPerHost">Connections to one upstream host.</param>
/// <param name="Upstream">Connections to all upstream hosts together.</param>
/// <param name="QueuedBytes">The maximum of bytes held for all clients together.</param>
internal sealed record NodeBudget(int Descriptors, int Clients, int OtherSockets, int UpstreamPerHost, int Upstream, long QueuedBytes)
{
    /// <summary>
    /// The descriptors of the runtime: two for each assembly, event queues, pipes, configuration files and their watchers. 245 are in use
    /// after a start in Development; the rest is for assemblies that are loaded later.
    /// </summary>
    public const int RuntimeDescriptors = 320;

    /// <summary>The descriptors for Redis, table storage, identity, telemetry and log files.</summary>
    public const int ServiceDescriptors = 32;

    private const int Share = 32;
    private const int MinOther = 48;
    private const int MinUpstream = 16;
    private const int MaxShare = 1024;
    private const int QueuedShare = 4;
    private const int MaxStreamsPerUser = 100;

    /// <summary>Gets the maximum of accepted sockets of all kinds. At the maximum the node accepts no more.</summary>
    public int Sockets => Clients + OtherSockets;

    /// <summary>Gets the maximum of open streams of one upstream host. The other half of its connections is for calls that end.</summary>
    public int StreamsPerHost => UpstreamPerHost / 2;

    /// <summary>Gets the maximum of open streams of all upstream hosts together.</summary>
    public int Streams => Upstream / 2;

    /// <summary>Gets the default maximum of one user's streams. It keeps one user from taking all streams of a host.</summary>
    public int StreamsPerUser => Math.Clamp(StreamsPerHost / 2, 1, MaxStreamsPerUser);

    /// <summary>Returns the maximum of clients under a descriptor limit, with the default number of upstream connections.</summary>
    public static int MaxClients(int descriptors) => MaxClients(descriptors, UpstreamOf(descriptors));

    /// <summary>Divides the descriptors and the memory of the process.</summary>
    /// <param name="descriptors">The descriptor limit.</param>
    /// <param name="memory">Bytes of memory that the process may use.</param>
    /// <param name="clients">The configured maximum of clients; null for the rest of the descriptors.</param>
    /// <param name="upstreamPerHost">The configured maximum of connections to an upstream host; null for a share.</param>
    /// <param name="queuedBytes">The configured maximum of bytes; null for a share.</param>
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

    // Twice a host's share, so that a host that hangs leaves as much to all others.
    private static int UpstreamOfAll(int perHost) => 2 * perHost;

    private static int OtherOf(int descriptors) => Math.Clamp(descriptors / Share, MinOther, MaxShare);

    private static int UpstreamOf(int descriptors) => Math.Clamp(descriptors / Share, MinUpstream, MaxShare);
}
