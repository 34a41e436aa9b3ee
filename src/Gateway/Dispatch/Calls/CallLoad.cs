using Serverless.Gateway.Limits;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Calls;

/// <summary>
/// Counts the node's calls and the bytes that they hold, from their acceptance until their end. A call counts also after its client has gone: a
/// message that a client has sent goes upstream.
/// </summary>
internal sealed class CallLoad(QueuedBytes queued)
{
    private int _underWay;
    private int _messages;

    /// <summary>Gets the number of connections with an upstream call under way, and of open streams. Shutdown waits for zero.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>A call is accepted.</summary>
    public void Accepted(PendingCall call)
    {
        queued.Add(call.Cost);
        Interlocked.Add(ref _messages, call.IsEvent ? 0 : 1);
    }

    /// <summary>An accepted call has ended.</summary>
    public void Ended(PendingCall call)
    {
        queued.Remove(call.Cost);
        Interlocked.Add(ref _messages, call.IsEvent ? 0 : -1);
    }

    /// <summary>A connection, or a stream, begins to call its upstream.</summary>
    public void Started() => Interlocked.Increment(ref _underWay);

    /// <summary>A connection has no further call, or a stream has ended.</summary>
    public void Stopped() => Interlocked.Decrement(ref _underWay);

    /// <summary>Counts the messages under way as undelivered, as the node has no more time.</summary>
    /// <returns>The number of messages that are cut off.</returns>
    public int CutOff()
    {
        var messages = Math.Max(0, Volatile.Read(ref _messages));
        for (var i = 0; i < messages; i++)
        {
            UndeliveredEvents.Count(UpstreamCategories.Messages, UndeliveredEvents.NodeStopping);
        }

        return messages;
    }
}
