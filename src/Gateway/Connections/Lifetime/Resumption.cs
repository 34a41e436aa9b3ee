using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>
/// What a connection with stateful reconnect remembers beside its outbox: how far it has read, and since when it has no transport.
/// The numbers are changed by the reader alone; the rest under this object's lock.
/// </summary>
internal sealed class Resumption
{
    private long _next = 1; // the number of the next message to come
    private long _received; // the highest number that was new
    private long _reported;

    /// <summary>Clock reading at which the transport was lost; null while there is one.</summary>
    public long? SuspendedAt { get; set; }

    /// <summary>Ends the session of a connection whose client did not come back; null once that has been asked for.</summary>
    public Action? WhenGone { get; set; }

    /// <summary>Ends when the present transport is to be left.</summary>
    public TaskCompletionSource Cut { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Counts an inbound message; false if it came before and is to be dropped.</summary>
    /// <exception cref="HubProtocolException">The client claims to have sent more than has come.</exception>
    public bool IsNew(in HubMessage message)
    {
        if (message.Type == HubMessageType.Sequence)
        {
            _next = message.SequenceId > 0 && message.SequenceId <= _next
                ? message.SequenceId
                : throw new HubProtocolException("Sequence ID greater than amount of messages we've received.");
            return false;
        }

        if (!message.Type.IsSequenced())
        {
            return true;
        }

        var id = _next++;
        if (id <= _received)
        {
            // The client has not seen the ack.
            Volatile.Write(ref _reported, 0);
            return false;
        }

        Volatile.Write(ref _received, id);
        return true;
    }

    /// <summary>The number to acknowledge; null if nothing has come since the last time.</summary>
    public long? TakeAck()
    {
        var received = Volatile.Read(ref _received);
        return Interlocked.Exchange(ref _reported, received) == received ? null : received;
    }
}
