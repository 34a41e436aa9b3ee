using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Backplane;

/// <summary>
/// Provides the settings of streams, which keep messages between nodes with <c>Gateway:Delivery=AtLeastOnce</c>: section <c>Gateway:Streams</c>.
/// </summary>
internal sealed class StreamOptions
{
    /// <value>With <c>AtLeastOnce</c>: the time for which Redis keeps a message for nodes that are cut off.</value>
    [Setting(Allowed = "10 s to 1 h")]
    public TimeSpan Time { get; set; } = TimeSpan.FromMinutes(2);

    /// <value>
    /// With <c>AtLeastOnce</c>: the approximate memory of Redis that each hub's messages may take; beyond it the oldest are removed early.
    /// </value>
    [Setting(Allowed = "1048576 to 1099511627776")]
    public long Bytes { get; set; } = 256L * 1024 * 1024;

    /// <value>
    /// With <c>AtLeastOnce</c>: the bytes of messages that may wait in a node while it cannot reach Redis; beyond it sends are answered 503.
    /// </value>
    [Setting(Allowed = "1048576 to 1099511627776")]
    public long QueueBytes { get; set; } = 32L * 1024 * 1024;
}
