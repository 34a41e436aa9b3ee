using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Redis.Resp;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>
/// Keeps the connection to one server of Redis, the only one or one of a cluster: connects with growing pauses, logs in, and detects a dead
/// connection by pings.
/// </summary>
/// <remarks>One loop runs all of it, so it has no lock. The <see cref="SlotMap"/> records whether the server is connected.</remarks>
internal sealed partial class RedisShard(
    RedisEndpoint endpoint, RedisAddress address, NodeId node, RedisLogin login, IShardEvents events, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _retired = new();

    public RedisEndpoint Endpoint => endpoint;

    // A cluster whose servers have addresses for names has certificates for the configured host.
    private string? TlsHost => !address.Ssl ? null : IPAddress.TryParse(endpoint.Host, out _) ? address.Host : endpoint.Host;

    /// <summary>Returns true for an exception that means a server that is unreachable, or refuses.</summary>
    public static bool IsFailure(Exception exception) => exception is IOException or SocketException or RedisException
        or OperationCanceledException or TimeoutException or AuthenticationException or IdentityUnavailableException or InvalidDataException;

    /// <summary>Keeps the server connected until the host stops or the server is retired.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, _retired.Token);
        var ending = either.Token;
        var backoff = new RedisBackoff(Random.Shared);
        var wasUp = true;
        var isNew = true;
        long? downSince = null;
        while (!ending.IsCancellationRequested)
        {
            try
            {
                await using var connection = await LogInAsync(ending);
                events.Connected(downSince is { } since ? time.GetElapsedTime(since) : null);
                downSince = null;
                isNew = false;
                Log.Up(logger, endpoint.Host, endpoint.Port);
                wasUp = true;
                backoff.Reset();
                await WatchAsync(connection, ending);
            }
            catch (Exception exception) when (IsFailure(exception) && !ending.IsCancellationRequested)
            {
                if (wasUp)
                {
                    Log.Away(logger, endpoint.Host, endpoint.Port, exception.Message);
                    wasUp = false;
                }
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // The host stops, or the server is retired.
            }
            finally
            {
                downSince ??= isNew ? null : time.GetTimestamp();
                events.Disconnected(this);
            }

            if (!ending.IsCancellationRequested)
            {
                await Task.Delay(backoff.Next(), time, CancellationToken.None);
            }
        }
    }

    /// <summary>Ends the connection, because the server has left the cluster. Does not wait; the loop ends on another thread.</summary>
    public void Retire() => _ = _retired.CancelAsync();

    public void Dispose() => _retired.Dispose();

    private async Task<RespConnection> LogInAsync(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(ConnectTimeout);
        var connection = await OpenAsync(endpoint, TlsHost, (from, push) => events.Pushed(this, from, push), limit.Token);
        try
        {
            var hello = await connection.AskAsync(await login.HelloAsync(node, limit.Token)).WaitAsync(limit.Token);
            var topology = await RedisTopology.AskAsync(connection, endpoint, hello).WaitAsync(limit.Token);
            await events.LoggedInAsync(this, connection, topology).WaitAsync(limit.Token);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task WatchAsync(RespConnection connection, CancellationToken stopping)
    {
        while (true)
        {
            var pause = Task.Delay(PingInterval, time, stopping);
            if (await Task.WhenAny(pause, connection.Ended) != pause)
            {
                throw new IOException(connection.Failure is InvalidDataException bad ? bad.Message : "the connection was closed");
            }

            stopping.ThrowIfCancellationRequested();
            var asked = time.GetTimestamp();
            await connection.AskAsync(await login.RenewalAsync(stopping) ?? [Part("PING")]).WaitAsync(PingInterval, time, stopping);
            BackplaneMetrics.Answered("ping", time.GetElapsedTime(asked));
            if (events.IsCluster)
            {
                await RedisTopology.CheckAsync(connection).WaitAsync(PingInterval, time, stopping);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Observability.EventIds.Backplane + 1, LogLevel.Information, "Connected to the other nodes over Redis at {Host}:{Port}.", EventName = "RedisConnected")]
        public static partial void Up(ILogger logger, string host, int port);

        [LoggerMessage(
            Observability.EventIds.Backplane + 2,
            LogLevel.Warning,
            "Redis at {Host}:{Port} is unreachable ({Reason}); this node serves its own clients and tries again.",
            EventName = "RedisAway")]
        public static partial void Away(ILogger logger, string host, int port, string reason);
    }
}
