using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Management;

/// <summary>What one REST call holds of the node's memory: its body while it comes in, then the message that is made of it, until the call is answered.</summary>
internal sealed class RestMemory(QueuedBytes queued, TimeProvider time) : IDisposable
{
    // A caller that needs longer for its body gives way while the node is short of memory.
    private static readonly TimeSpan BodyTimeout = TimeSpan.FromSeconds(10);

    private readonly HeldBytes _held = queued.Hold(0);
    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>The body has grown to so many bytes.</summary>
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

    /// <summary>The call holds so many bytes from now on.</summary>
    public void Hold(long bytes) => _held.Change(bytes);

    public void Dispose() => _held.Dispose();
}
