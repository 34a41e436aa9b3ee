using Microsoft.Extensions.Options;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;

namespace Serverless.Gateway.Connections.Upkeep;

/// <summary>
/// Ticks once per second for all connections, instead of a timer each: pings, client and handshake time-outs, expired authentication,
/// acks and lost transports of stateful reconnect, and aborting connections that did not close in time.
/// </summary>
internal sealed partial class Heartbeat(
    ConnectionTable table,
    DrainWorkers workers,
    IOptions<ClientOptions> options,
    TimeProvider time,
    ILogger<Heartbeat> logger) : BackgroundService
{
    private const string Expired = "The connection's authentication has expired. Connect again with a new access token.";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly long _keepAlive = Ticks(options.Value.KeepAlive, time);
    private readonly long _clientTimeout = Ticks(options.Value.ClientTimeout, time);
    private readonly long _handshakeTimeout = Ticks(options.Value.HandshakeTimeout, time);

    private readonly long _statefulReconnectTimeout = Ticks(options.Value.StatefulReconnectTimeout, time);

    private readonly bool _closeAllOnExpiry = options.Value.CloseOnAuthenticationExpiration;

    private long _lastAt = time.GetTimestamp();

    /// <summary>Gets the clock reading at the start of the last tick, or of the node.</summary>
    public long LastAt => Volatile.Read(ref _lastAt);

    /// <summary>Checks every connection once.</summary>
    public void Tick()
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref _lastAt, now);
        var date = time.GetUtcNow();
        foreach (var connection in table.Open)
        {
            try
            {
                Check(connection, now, date);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // A failure at one connection must not keep the others from being checked.
                Log.TickFailed(logger, exception);
            }
        }

        workers.Wake();
        table.ForgetExpiredTokens();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await WaitAsync(timer, stoppingToken))
        {
            try
            {
                Tick();
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // A failure must not stop the ticks.
                Log.TickFailed(logger, exception);
            }
        }
    }

    private static async ValueTask<bool> WaitAsync(PeriodicTimer timer, CancellationToken stopping)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static long Ticks(TimeSpan span, TimeProvider time) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private void Check(ClientConnection connection, long now, DateTimeOffset date)
    {
        if (connection.IsClosing)
        {
            if (connection.IsOverdue(now))
            {
                connection.Abort(connection.CloseReason, connection.Error);
            }

            return;
        }

        if (connection.Protocol is not { } protocol)
        {
            var limit = connection.Identity.HandshakeTimeout is { } own ? Ticks(own, time) : _handshakeTimeout;
            if (now - connection.StartedAt >= limit)
            {
                connection.RefuseHandshake("Handshake was canceled.");
            }

            return;
        }

        if (date >= connection.Identity.Expires && (_closeAllOnExpiry || connection.Identity.ClosesOnExpiry))
        {
            connection.Close(CloseReason.AuthenticationExpired, Expired);
        }
        else if (connection.SuspendedAt is { } since)
        {
            if (now - since >= _statefulReconnectTimeout)
            {
                connection.Abort(CloseReason.TransportLost, "The connection to the client was lost.");
            }
        }
        else if (connection.HasPinged && !connection.ReadingHeld && now - connection.LastHeardAt >= _clientTimeout)
        {
            connection.Close(CloseReason.ClientTimeout, "Connection closed with an error.");
        }
        else if (now - connection.LastPingAt >= _keepAlive)
        {
            connection.LastPingAt = now;
            connection.Ping(protocol);
        }

        connection.Acknowledge(protocol);
    }

    private static partial class Log
    {
        [LoggerMessage(Observability.EventIds.Connections + 1, LogLevel.Error, "A heartbeat failed.", EventName = "HeartbeatFailed")]
        public static partial void TickFailed(ILogger logger, Exception exception);
    }
}
