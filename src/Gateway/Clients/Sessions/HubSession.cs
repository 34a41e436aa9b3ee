using System.Diagnostics;
using Serverless.Gateway.Access;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Dispatch.Ways;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Protocol;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>
/// Implements the hub protocol for one client, independent of its transport: handshake, then messages, then the end. One transport's
/// reader drives it; it is not thread-safe.
/// </summary>
internal sealed partial class HubSession(ClientConnection connection, HubSessionServices services)
{
    private const int MaxHandshakeBytes = 16 * 1024;
    private const int StatefulVersion = 2;

    private IHubWay? _way;

    /// <summary>The stateful session where the client was promised stateful reconnect; else null.</summary>
    public StatefulSession? Stateful { get; private set; }

    /// <summary>The size in bytes from which an inbound message is refused.</summary>
    public int MaxMessageBytes => services.MaxMessageBytes;

    /// <summary>Creates a session to which its client may return over another transport.</summary>
    public static HubSession CreateStateful(ClientConnection connection, HubSessionServices services)
    {
        var session = new HubSession(connection, services);
        session.Stateful = new StatefulSession(connection, session);
        return session;
    }

    /// <summary>Starts the session with its transport.</summary>
    public void Start()
    {
        // A socket lives for hours, and the request that opened it has ended.
        Activity.Current = null;
        services.Table.Opened(connection);
        connection.Meter.Opened(connection.Kind);
        if (connection.Kind == ConnectionKind.Diagnostic)
        {
            services.Diagnostics.Opened(connection.Id);
        }

        SessionLiveTrace.Started(services.Trace, connection);

        // The connection enters the table first: a client that arrives while the node stops is closed with all others or refused below.
        if (services.IsStopping)
        {
            connection.RefuseHandshake("Service reloading, try reconnecting", CloseReason.NodeStopping);
        }
        else if (services.Capacity.IsExceeded(connection.Kind))
        {
            connection.RefuseHandshake(ClientCapacity.Text, CloseReason.QuotaReached);
        }
        else if (services.Quotas.RefusalOfCounted(connection.Hub, connection.Kind) is { } refusal)
        {
            connection.RefuseHandshake(refusal, CloseReason.QuotaReached);
        }
    }

    /// <summary>Takes every whole message from the received bytes.</summary>
    /// <exception cref="HubProtocolException">The bytes are not valid hub protocol.</exception>
    /// <exception cref="HubMessageTooLargeException">A message exceeds the limit.</exception>
    public void Receive(ref InboundBuffer inbound)
    {
        if (connection.IsClosing)
        {
            inbound.Release();
            return;
        }

        if (connection.Protocol is null && !TryShakeHands(ref inbound))
        {
            return;
        }

        // A message must be smaller than the limit; one of exactly the limit is refused. Messages after a close message are ignored.
        var taken = 0;
        var messages = 0;
        var protocol = connection.Protocol!;
        while (!connection.IsClosing && protocol.TryCut(
            inbound.Bytes[taken..], Math.Max(0, inbound.Examined - taken), MaxMessageBytes - 1, out var bytes, out var consumed))
        {
            taken += consumed;
            var message = protocol.Read(bytes);
            messages += message.Type.IsSequenced() ? 1 : 0;
            connection.Heard();
            if (connection.IsNew(in message))
            {
                _way!.Take(protocol, in message);
            }
        }

        if (taken > 0)
        {
            connection.Received(messages, taken);
            inbound.Consume(taken);
        }

        inbound.Examined = inbound.Length;
    }

    /// <summary>Closes a client that violated the protocol, with the reason.</summary>
    public void Refuse(Exception exception)
    {
        if (connection.Protocol is null)
        {
            connection.RefuseHandshake(exception is HubMessageTooLargeException
                ? "Handshake was canceled."
                : $"An unexpected error occurred during connection handshake. {exception.Message}");
        }
        else if (exception is HubMessageTooLargeException)
        {
            var text = $"{new HubMessageTooLargeException(MaxMessageBytes).Message} "
                + "The limit is set by Gateway:Clients:MaxMessageBytes.";
            NotForwarded(UndeliveredEvents.TooLarge, text);
            connection.Close(CloseReason.MessageTooLarge, text, text);
        }
        else
        {
            NotForwarded(UndeliveredEvents.Malformed, exception.Message);
            connection.Close(
                CloseReason.BadRequest,
                $"Connection closed with an error. {exception.Message}",
                exception.Message);
        }
    }

    private void NotForwarded(string reason, string why)
    {
        if (connection.Kind != ConnectionKind.LiveTrace && !connection.IsClosing)
        {
            services.Dispatcher.NotForwarded(connection, target: null, reason, why);
        }
    }

    /// <summary>Suspends or ends the connection after its transport ended without a close message.</summary>
    /// <returns>True if the connection waits for its client to return; false if it has ended.</returns>
    public bool Lost()
    {
        if (connection.TrySuspend())
        {
            return true;
        }

        connection.Abort(CloseReason.TransportLost, "The client's connection ended without a close message.");
        return false;
    }

    /// <summary>Handles a failed read: either the transport broke, or the gateway has a bug.</summary>
    /// <returns>True if the connection waits for its client to return; false if it has ended.</returns>
    public bool Failed(Exception exception)
    {
        if (exception is IOException or OperationCanceledException)
        {
            return Lost();
        }

        Log.SessionFailed(services.Logger, exception, connection.Id);
        connection.Abort(CloseReason.InternalError, "The gateway failed.");
        return false;
    }

    /// <summary>Ends the session after its transport: removes the connection from every table, then reports it to the upstream.</summary>
    public void End()
    {
        connection.Ended();
        if (Stateful is not null)
        {
            services.StatefulSessions.Remove(Stateful);
        }

        services.Table.FindHub(connection.Hub)?.Remove(connection);
        services.Table.Closed(connection);
        connection.Meter.Closed(connection.Kind, connection.CloseReason.Category());
        if (connection.IsGivenUp)
        {
            _way?.GiveUp();
        }
        else
        {
            _way?.Disconnected(connection.Error);
        }

        SessionLiveTrace.Ended(services.Trace, connection);
        if (connection.Kind == ConnectionKind.Diagnostic)
        {
            services.Diagnostics.Closed(connection.Id);
        }

        LogEnd();
    }

    private void LogEnd()
    {
        var reason = connection.CloseReason;
        var level = reason.Level();
        if (!services.Logger.IsEnabled(level))
        {
            return;
        }

        Log.Ended(
            services.Logger,
            level,
            connection.Id,
            connection.Hub.Value,
            connection.UserId ?? "-",
            connection.Transport,
            connection.Age.TotalSeconds,
            reason,
            messagesSent: connection.MessagesSent,
            bytesSent: connection.BytesSent,
            messagesReceived: connection.MessagesReceived,
            bytesReceived: connection.BytesReceived);
    }

    private bool TryShakeHands(ref InboundBuffer inbound)
    {
        if (!HandshakeProtocol.TryRead(inbound.Bytes, out var request, out var consumed))
        {
            // The limit also bounds the bytes that are searched again each time a few more arrive.
            return inbound.Length < MaxHandshakeBytes ? false : throw new HubMessageTooLargeException(MaxHandshakeBytes);
        }

        if (HubProtocol.Find(request.Protocol) is not { } protocol)
        {
            connection.RefuseHandshake($"The protocol '{request.Protocol}' is not supported.");
        }
        else if (!connection.CanCarry(protocol))
        {
            connection.RefuseHandshake(
                $"Cannot use the '{request.Protocol}' protocol on the current transport. The transport does not support 'Binary' transfer format.");
        }
        else if (request.Version > HandshakeProtocol.MaxVersion)
        {
            connection.RefuseHandshake(
                $"The server does not support version {request.Version} of the '{request.Protocol}' protocol.");
        }
        else
        {
            Accept(protocol, isStateful: Stateful is not null && request.Version >= StatefulVersion);
            inbound.Consume(consumed);
            return true;
        }

        inbound.Release();
        return false;
    }

    private void Accept(HubProtocol protocol, bool isStateful)
    {
        // The answer is first in the outbox, so that no message can precede it. It is written once the connection is addressable and, unless
        // the store is too slow, in its user's groups: a client that knows it is connected misses no message, nor does an upstream.
        var joined = connection.SendFirstAsync(Frames.HandshakeAccepted(protocol), () =>
        {
            connection.Protocol = protocol;
            if (isStateful)
            {
                connection.BecomeStateful(services.MaxUnackedBytes, End);
                services.StatefulSessions.Add(Stateful!);
            }

            if (connection.Kind == ConnectionKind.LiveTrace)
            {
                // Only the gateway itself sends to it.
                _way = services.Methods.Open(connection);
                return default;
            }

            services.Table.Hub(connection.Hub).Add(connection);
            _way = services.Dispatcher.Open(connection);
            return ReadyAsync();
        });
        connection.Heard();
        SessionLiveTrace.Connected(services.Trace, connection, protocol);
        _way!.Connected(joined.IsCompleted ? null : joined.AsTask());
    }

    // Completes when the connection is in its user's groups and the other nodes can address it.
    private ValueTask ReadyAsync()
    {
        var joined = services.UserGroups.JoinStoredAsync(connection);
        return joined.IsCompletedSuccessfully ? services.Table.Interest.SettledAsync() : SettleAsync(joined);
    }

    private async ValueTask SettleAsync(ValueTask joined)
    {
        await joined;
        await services.Table.Interest.SettledAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Clients + 1, LogLevel.Error, "Connection {ConnectionId} failed.", EventName = "SessionFailed")]
        public static partial void SessionFailed(ILogger logger, Exception exception, string connectionId);

        [LoggerMessage(
            EventId = Observability.EventIds.Clients + 2,
            Message = "Connection {ConnectionId} of hub {Hub} and user {UserId} over {Transport} ended after {Seconds:0.0} s: {Reason}. "
                + "The gateway sent it {MessagesSent} messages ({BytesSent} bytes) and received {MessagesReceived} ({BytesReceived} bytes).",
            EventName = "ConnectionEnded")]
        public static partial void Ended(
            ILogger logger,
            LogLevel level,
            string connectionId,
            string hub,
            string userId,
            ClientTransports transport,
            double seconds,
            CloseReason reason,
            long messagesSent,
            long bytesSent,
            long messagesReceived,
            long bytesReceived);
    }
}
