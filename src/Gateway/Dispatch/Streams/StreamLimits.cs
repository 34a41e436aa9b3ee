using Microsoft.Extensions.Options;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Dispatch.Streams;

/// <summary>Bounds the open streams of each connection and of each user, and the bytes that streams hold.</summary>
internal sealed class StreamLimits(IOptions<UpstreamOptions> options, NodeBudget budget, QueuedBytes queued)
{
    /// <summary>Gets the number of streams that a connection may have open.</summary>
    public int PerConnection { get; } = options.Value.MaxStreams;

    /// <summary>Gets the streams that each user has open.</summary>
    public UserStreams Users { get; } = new(options.Value.MaxStreamsPerUser ?? budget.StreamsPerUser);

    /// <summary>Gets the count of the bytes that the node holds.</summary>
    public QueuedBytes Queued { get; } = queued;
}
