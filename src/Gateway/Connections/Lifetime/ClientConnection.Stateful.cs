using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Lifetime;

/// <summary>Stateful reconnect: a connection that outlives its transport for a while (docs/contract/hub-protocol.md#stateful-reconnect).</summary>
internal sealed partial class ClientConnection
{
    private static readonly TaskCompletionSource Never = new();

    private Resumption? _resumption;

    /// <summary>Clock reading at which the transport was lost, while the client may come back for the rest; else null.</summary>
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

    /// <summary>From now on the connection outlives its transport. Called once, with the handshake.</summary>
    /// <param name="maxUnackedBytes">Sending stops while the client has so many bytes to acknowledge.</param>
    /// <param name="whenGone">Ends its session if the client does not come back.</param>
    public void BecomeStateful(int maxUnackedBytes, Action whenGone)
    {
        _outbox.KeepUnacked(Protocol!, maxUnackedBytes);
        Volatile.Write(ref _resumption, new Resumption { WhenGone = whenGone });
    }

    /// <summary>Whether an inbound message is to be acted on: acks and repeats end here.</summary>
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

    /// <summary>Acknowledges what has come since the last time.</summary>
    public void Acknowledge(HubProtocol protocol)
    {
        if (Volatile.Read(ref _resumption)?.TakeAck() is { } id)
        {
            Post(Frames.Ack(protocol, id));
        }
    }

    /// <summary>The transport is lost: keeps the connection for its client's return.</summary>
    /// <returns>False if it ends now: it is closing, or does not reconnect this way.</returns>
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

    /// <summary>Lets go of the present transport, which may not have noticed that its client has left it.</summary>
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

    /// <summary>The client is back: goes on over another transport, after <see cref="TrySuspend"/>.</summary>
    /// <returns>False if the connection has ended meanwhile.</returns>
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

    /// <summary>Ends when the present transport is to be left; never where connections end with their transport.</summary>
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

    // Closing without a transport: there is nobody to tell, so the session ends at once. The caller may hold a fan-out up.
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
