using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Management;

/// <summary>
/// Counts the node's memory that one REST call holds: its body while it is read, then the message made from it, until the call is answered.
/// </summary>
internal sealed class RestMemory(QueuedBytes queued, TimeProvider time) : IDisposable
{
    // A caller that needs longer for its body is refused while the node is short of memory.
    private static readonly TimeSpan BodyTimeout = TimeSpan.FromSeconds(10);

    private readonly HeldBytes _held = queued.Hold(0);
    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>Counts a body that has grown to this many bytes.</summary>
    /// <returns>False if the node has no room for them: the call is refused.</returns>
    public bool TryGrow(long bytes)
    {
        if (queued.IsFull || (queued.IsTight && time.GetElapsedTime(_startedAt) > BodyTimeout))
        {
            return false;
        }

        _held.Change(bytes);
        return true;
    }

    /// <summary>Sets the number of bytes that the call holds.</summary>
    public void Hold(long bytes) => _held.Change(bytes);

    public void Dispose() => _held.Dispose();
}
