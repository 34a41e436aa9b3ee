using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using static Serverless.Gateway.Backplane.Redis.RespConnection;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>
/// The connection to Redis and its successors: connects with growing pauses, logs in, subscribes anew, and sends in order what waited
/// meanwhile, within a bound.
/// </summary>
internal sealed partial class RedisLink(RedisAddress address, NodeId node, RedisLogin login, TimeProvider time, ILogger<RedisLink> logger)
{
    /// <summary>Bytes of messages that may wait while Redis is away.</summary>
    public const int MaxWaitingBytes = 8 * 1024 * 1024;

    private const int ChannelsPerCommand = 500;

    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestSettling = TimeSpan.FromSeconds(2);

    private static readonly ReadOnlyMemory<byte> PingCommand = Part("PING");
    private static readonly ReadOnlyMemory<byte> PublishCommand = Part("PUBLISH");

    private readonly Lock _gate = new();

    // Under _gate.
    private readonly Dictionary<string, int> _subscribed = new(StringComparer.Ordinal);
    private readonly Queue<(string Channel, byte[] Message)> _waiting = new();
    private int _waitingBytes;
    private RespConnection? _connection;
    private long _upSince;
    private long _connections;
    private Task _settled = Task.CompletedTask;

    /// <summary>Takes each message; called in order. Set once, before <see cref="RunAsync"/>.</summary>
    public Action<byte[]>? Take { get; set; }

    /// <summary>Bytes of messages that wait for Redis to be back.</summary>
    public int BytesWaiting
    {
        get
        {
            lock (_gate)
            {
                return _waitingBytes;
            }
        }
    }

    public bool IsUp
    {
        get
        {
            lock (_gate)
            {
                return _connection is not null;
            }
        }
    }

    /// <summary>Clock reading since which Redis has been there without a break; null while it is away.</summary>
    public long? UpSince
    {
        get
        {
            lock (_gate)
            {
                return _connection is null ? null : _upSince;
            }
        }
    }

    /// <summary>How many connections there have been.</summary>
    public long Connections
    {
        get
        {
            lock (_gate)
            {
                return _connections;
            }
        }
    }

    /// <summary>Sends a command; null while Redis is away, or if it refuses.</summary>
    public async ValueTask<RespValue?> TryAskAsync(params ReadOnlyMemory<byte>[] command)
    {
        Task<RespValue> asked;
        lock (_gate)
        {
            if (_connection is null)
            {
                return null;
            }

            asked = _connection.AskAsync(command);
        }

        return await AnswerAsync(asked);
    }

    /// <summary>Counts one more who wants a channel's messages.</summary>
    public void Subscribe(string channel)
    {
        lock (_gate)
        {
            _subscribed[channel] = _subscribed.GetValueOrDefault(channel) + 1;
            if (_subscribed[channel] == 1 && _connection is not null)
            {
                _settled = ListenAsync(_connection, Part("SUBSCRIBE"), Part(channel));
            }
        }
    }

    /// <summary>Counts one less.</summary>
    public void Unsubscribe(string channel)
    {
        lock (_gate)
        {
            if (!_subscribed.TryGetValue(channel, out var count))
            {
                return;
            }

            if (count > 1)
            {
                _subscribed[channel] = count - 1;
                return;
            }

            _subscribed.Remove(channel);
            if (_connection is not null)
            {
                _ = ListenAsync(_connection, Part("UNSUBSCRIBE"), Part(channel));
            }
        }
    }

    /// <summary>Ends when Redis has confirmed every subscription so far; at once while it is away.</summary>
    public ValueTask SettledAsync()
    {
        Task settled;
        lock (_gate)
        {
            settled = _settled;
        }

        return settled.IsCompleted ? default : new ValueTask(WaitAsync(settled));
    }

    /// <summary>Ends when all that Redis had for this node has been taken; at once while it is away.</summary>
    public Task FenceAsync()
    {
        lock (_gate)
        {
            // Answered on the connection that brings the messages, behind them.
            return _connection is null ? Task.CompletedTask : WaitAsync(_connection.AskAsync(PingCommand));
        }
    }

    /// <summary>Publishes, or keeps the message until Redis is back.</summary>
    /// <returns>False if it is lost: too much waits, or the connection broke under it.</returns>
    public async ValueTask<bool> PublishAsync(string channel, byte[] message)
    {
        Task<RespValue> published;
        lock (_gate)
        {
            if (_connection is null)
            {
                if (_waitingBytes + message.Length > MaxWaitingBytes)
                {
                    return false;
                }

                _waiting.Enqueue((channel, message));
                _waitingBytes += message.Length;
                return true;
            }

            published = _connection.AskAsync(PublishCommand, Part(channel), message);
        }

        var asked = time.GetTimestamp();
        if (await AnswerAsync(published) is null)
        {
            return false;
        }

        BackplaneMetrics.Answered("publish", time.GetElapsedTime(asked));
        return true;
    }

    /// <summary>Publishes and tells how many others got it; null while Redis is away.</summary>
    public async ValueTask<long?> CountOthersAsync(string channel, byte[] message)
    {
        Task<RespValue> published;
        bool hearsItself;
        lock (_gate)
        {
            if (_connection is null)
            {
                return null;
            }

            hearsItself = _subscribed.ContainsKey(channel);
            published = _connection.AskAsync(PublishCommand, Part(channel), message);
        }

        return await AnswerAsync(published) is { } receivers ? receivers.Number - (hearsItself ? 1 : 0) : null;
    }

    /// <summary>Sets a key that nobody has set; true also while Redis is away.</summary>
    public async ValueTask<bool> TryClaimAsync(string key, TimeSpan life)
    {
        Task<RespValue> set;
        lock (_gate)
        {
            if (_connection is null)
            {
                return true;
            }

            var milliseconds = ((long)life.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
            set = _connection.AskAsync(Part("SET"), Part(key), Part("1"), Part("NX"), Part("PX"), Part(milliseconds));
        }

        return await AnswerAsync(set) is not { Kind: '_' };
    }

    /// <summary>Keeps the connection until the host stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var pause = LeastPause;
        var wasUp = true;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await LogInAsync(stopping);
                Log.Up(logger, address.Host, address.Port);
                wasUp = true;
                pause = LeastPause;
                await WatchAsync(connection, stopping);
            }
            catch (Exception exception) when (IsFailure(exception) && !stopping.IsCancellationRequested)
            {
                if (wasUp)
                {
                    Log.Away(logger, address.Host, address.Port, exception.Message);
                    wasUp = false;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // Stopping.
            }
            finally
            {
                lock (_gate)
                {
                    _connection = null;
                }
            }

            if (!stopping.IsCancellationRequested)
            {
                // Nodes that lost Redis together should not all come back together.
                await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), time, CancellationToken.None);
                pause = pause * 2 < MostPause ? pause * 2 : MostPause;
            }
        }
    }

    private static bool IsFailure(Exception exception) => exception is IOException or SocketException or RedisException
        or OperationCanceledException or TimeoutException or AuthenticationException or IdentityUnavailableException or InvalidDataException;

    private static async Task WaitAsync(Task settled)
    {
        try
        {
            await settled.WaitAsync(LongestSettling);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            // Away: it subscribes anew when it is back.
        }
    }

    private async ValueTask<RespValue?> AnswerAsync(Task<RespValue> asked)
    {
        try
        {
            return await asked;
        }
        catch (RedisException exception)
        {
            Log.Refused(logger, exception.Message);
            return null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async Task ListenAsync(RespConnection connection, params ReadOnlyMemory<byte>[] command)
    {
        try
        {
            await connection.SubscribeAsync(command);
        }
        catch (RedisException exception)
        {
            Log.Refused(logger, exception.Message);
        }
        catch (IOException)
        {
            // Away: it subscribes anew when it is back.
        }
    }

    private async Task<RespConnection> LogInAsync(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(ConnectLimit);
        var connection = await OpenAsync(address, OnPush, limit.Token);
        try
        {
            await connection.AskAsync(await login.HelloAsync(node, limit.Token)).WaitAsync(limit.Token);
            await SubscribeAllAsync(connection, limit.Token);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // What is subscribed meanwhile is in the table before or after; in either case it is told once.
    private async Task SubscribeAllAsync(RespConnection connection, CancellationToken limit)
    {
        var heard = Task.CompletedTask;
        lock (_gate)
        {
            foreach (var channels in _subscribed.Keys.Append(RedisChannels.Node(node.Value)).Chunk(ChannelsPerCommand))
            {
                heard = connection.SubscribeAsync([Part("SUBSCRIBE"), .. channels.Select(Part)]);
            }

            while (_waiting.TryDequeue(out var waiting))
            {
                _ = AnswerAsync(connection.AskAsync(PublishCommand, Part(waiting.Channel), waiting.Message)).AsTask();
            }

            _waitingBytes = 0;
            _settled = heard;
            _connection = connection;
            _connections++;
            _upSince = time.GetTimestamp();
        }

        await heard.WaitAsync(limit);
    }

    // A connection that is dead without a word is found by its silence.
    private async Task WatchAsync(RespConnection connection, CancellationToken stopping)
    {
        while (true)
        {
            var pause = Task.Delay(PingInterval, time, stopping);
            if (await Task.WhenAny(pause, connection.Ended) != pause)
            {
                throw new IOException("the connection was closed");
            }

            stopping.ThrowIfCancellationRequested();
            var command = await login.NeedsRenewalAsync(stopping) ?? [PingCommand];
            var asked = time.GetTimestamp();
            await connection.AskAsync(command).WaitAsync(PingInterval, time, stopping);
            BackplaneMetrics.Answered("ping", time.GetElapsedTime(asked));
        }
    }

    private void OnPush(RespValue push)
    {
        if (push.Items is [{ Text: "message" }, _, { } message])
        {
            Take?.Invoke(message.Bytes);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Observability.EventIds.Backplane + 1, LogLevel.Information, "Joined the other nodes over Redis at {Host}:{Port}.", EventName = "RedisConnected")]
        public static partial void Up(ILogger logger, string host, int port);

        [LoggerMessage(
            Observability.EventIds.Backplane + 2,
            LogLevel.Warning,
            "Redis at {Host}:{Port} is away ({Reason}); this node serves its own clients and tries again.",
            EventName = "RedisAway")]
        public static partial void Away(ILogger logger, string host, int port, string reason);

        [LoggerMessage(Observability.EventIds.Backplane + 3, LogLevel.Warning, "Redis refused a command: {Reason}", EventName = "RedisRefused")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
