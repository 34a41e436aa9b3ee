using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// A transport's writing side, driven by one outbox. Never called by two threads at once, and not again before the task of the
/// last call has ended.
/// </summary>
internal interface IConnectionOutput
{
    /// <summary>Whether hub protocols in binary form can travel here.</summary>
    bool TakesBinary => true;

    /// <summary>Whether pings are sent here: not where the client's own polls show that it is there.</summary>
    bool TakesPings => true;

    /// <summary>What it keeps of a write that the socket has not taken.</summary>
    OutputKeeps Keeps => OutputKeeps.Copy;

    /// <summary>The bytes by which this transport carries a frame.</summary>
    ReadOnlySpan<byte> BytesOf(Frame frame);

    /// <summary>
    /// Writes without blocking. The bytes are the caller's again when the method returns, whatever the task does: what the
    /// socket does not take at once is copied.
    /// </summary>
    /// <returns>Completed when the socket has taken everything; fails if the socket is broken.</returns>
    ValueTask WriteAsync(ReadOnlySpan<byte> bytes);

    /// <summary>Writes a frame's bytes without blocking. A frame never changes, so what the socket does not take need not be copied.</summary>
    ValueTask WriteAsync(Frame frame) => WriteAsync(BytesOf(frame));
}

/// <summary>What a transport keeps of a write that waits.</summary>
internal enum OutputKeeps
{
    /// <summary>A copy of the bytes.</summary>
    Copy,

    /// <summary>Of a lone frame the frame itself; else a copy.</summary>
    Frame,

    /// <summary>A copy that it counts for the node itself.</summary>
    Counted,
}
