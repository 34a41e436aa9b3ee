using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>
/// Stateful reconnect: the connection outlives its transport for a limited time (docs/contract/hub-protocol.md#stateful-reconnect).
/// </summary>
internal sealed partial class ClientConnection
{
    private static readonly TaskCompletionSource Never = new();

    private Resumption? _resumption;

    /// <summary>
    /// Gets the clock reading at which the transport was lost; null while there is a transport, and without stateful reconnect.
    /// </summary>
    public long? SuspendedAt
    {
        get
        {
            if (_resumption is not { } resumption)
            {
                return null;
            }

            lock (resumption)
            {
                return resumption.SuspendedAt;
            }
        }
    }

    /// <summary>Turns stateful reconnect on. Called once, with the handshake.</summary>
    /// <param name="maxUnackedBytes">Sending stops while the client has this many bytes to acknowledge.</param>
    /// <param name="whenGone">Ends the session if the client does not come back.</param>
    public void BecomeStateful(int maxUnackedBytes, Action whenGone)
    {
        _outbox.KeepUnacked(Protocol!, maxUnackedBytes);
        Volatile.Write(ref _resumption, new Resumption { WhenGone = whenGone });
    }

    /// <summary>Returns true when an inbound message must be handled. Acks and repeated messages are dealt with here.</summary>
    public bool IsNew(in HubMessage message)
    {
        if (_resumption is not { } resumption)
        {
            return true;
        }

        if (message.Type == HubMessageType.Ack)
        {
            _outbox.Acknowledge(message.SequenceId);
            return false;
        }

        return resumption.IsNew(in message);
    }

    /// <summary>Acknowledges the messages received since the last call.</summary>
    public void Acknowledge(HubProtocol protocol)
    {
        if (Volatile.Read(ref _resumption)?.TakeAck() is { } id)
        {
            Post(Frames.Ack(protocol, id));
        }
    }

    /// <summary>Keeps the connection for its client's return after the transport is lost.</summary>
    /// <returns>False if the connection ends now, because it is closing or has no stateful reconnect.</returns>
    public bool TrySuspend()
    {
        if (_resumption is not { } resumption)
        {
            return false;
        }

        lock (resumption)
        {
            if (IsClosing)
            {
                return false;
            }

            resumption.SuspendedAt = _time.GetTimestamp();
            _outbox.Suspend();
        }

        _abort();
        return true;
    }

    /// <summary>Ends the current transport, which may not have noticed that its client has left it.</summary>
    public void CutTransport()
    {
        if (_resumption is { } resumption)
        {
            lock (resumption)
            {
                resumption.Cut.TrySetResult();
            }

            _abort();
        }
    }

    /// <summary>Continues over another transport, on which the client has returned, after <see cref="TrySuspend"/>.</summary>
    /// <returns>False if the connection has ended in the meantime.</returns>
    public bool TryResume(IConnectionOutput output, Action abort)
    {
        var resumption = _resumption!;
        lock (resumption)
        {
            if (IsClosing || resumption.SuspendedAt is null)
            {
                return false;
            }

            resumption.SuspendedAt = null;
            resumption.Cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _abort = abort;
            LastPingAt = _time.GetTimestamp();
            Heard();
        }

        _outbox.Resume(output);
        return true;
    }

    /// <summary>
    /// Returns a task that completes when the current transport must be left. Without stateful reconnect it never completes.
    /// </summary>
    public Task WaitForCutAsync()
    {
        if (_resumption is not { } resumption)
        {
            return Never.Task;
        }

        lock (resumption)
        {
            return resumption.Cut.Task;
        }
    }

    // Closing without a transport: no close message can be sent, so the session ends at once. It ends on another thread, because the caller
    // may be in the middle of a fan-out.
    private bool EndIfSuspended()
    {
        if (_resumption is not { } resumption)
        {
            return false;
        }

        Action? end;
        lock (resumption)
        {
            if (resumption.SuspendedAt is null)
            {
                return false;
            }

            end = resumption.WhenGone;
            resumption.WhenGone = null;
        }

        _outbox.Abandon();
        if (end is not null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static ended => ended(), end, preferLocal: false);
        }

        return true;
    }
}
