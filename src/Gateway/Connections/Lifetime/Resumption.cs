using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>
/// Represents the state of stateful reconnect beside the outbox: the numbers of the messages read, and the time when the transport was
/// lost. Only the reader changes the numbers; the other fields are changed under this object's lock.
/// </summary>
internal sealed class Resumption
{
    private long _next = 1; // the number of the next message to arrive
    private long _received; // the highest number that was new
    private long _reported;

    /// <summary>Gets or sets the clock reading at which the transport was lost; null while there is one.</summary>
    public long? SuspendedAt { get; set; }

    /// <summary>
    /// Gets or sets the action that ends the session of a connection whose client did not come back; null once it is scheduled.
    /// </summary>
    public Action? WhenGone { get; set; }

    /// <summary>Gets or sets the source of the task that completes when the current transport must be left.</summary>
    public TaskCompletionSource Cut { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Counts an inbound message. Returns false if the message was received before and must be dropped.</summary>
    /// <exception cref="HubProtocolException">The client claims to have sent more messages than have arrived.</exception>
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

    /// <summary>Returns the number to acknowledge; null if no message has arrived since the last call.</summary>
    public long? TakeAck()
    {
        var received = Volatile.Read(ref _received);
        return Interlocked.Exchange(ref _reported, received) == received ? null : received;
    }
}
