using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// Represents a transport's writing side, driven by one outbox. It is never called by two threads at once, nor before the task of the
/// previous call has completed.
/// </summary>
internal interface IConnectionOutput
{
    /// <summary>Gets a value that indicates whether the transport carries binary hub protocols.</summary>
    bool TakesBinary => true;

    /// <summary>
    /// Gets a value that indicates whether pings are sent. They are not where the client's own polls show that it is alive.
    /// </summary>
    bool TakesPings => true;

    /// <summary>Gets the form in which the transport keeps a write that the socket has not taken.</summary>
    OutputKeeps Keeps => OutputKeeps.Copy;

    /// <summary>Returns the bytes by which this transport carries a frame.</summary>
    ReadOnlySpan<byte> BytesOf(Frame frame);

    /// <summary>
    /// Writes without blocking. The caller owns the bytes again when the method returns, whatever the state of the task: bytes that the
    /// socket does not take at once are copied.
    /// </summary>
    /// <returns>A task that completes when the socket has taken all bytes, and fails if the socket is broken.</returns>
    ValueTask WriteAsync(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Writes a frame's bytes without blocking. A frame never changes, so bytes that the socket does not take need not be copied.
    /// </summary>
    ValueTask WriteAsync(Frame frame) => WriteAsync(BytesOf(frame));
}

/// <summary>The form in which a transport keeps a write that waits.</summary>
internal enum OutputKeeps
{
    /// <summary>A copy of the bytes.</summary>
    Copy,

    /// <summary>The frame itself for a lone frame, else a copy of the bytes.</summary>
    Frame,

    /// <summary>A copy of the bytes that the transport itself counts for the node.</summary>
    Counted,
}
