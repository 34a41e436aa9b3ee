using System.Globalization;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Redis as a durable store: sends commands over the backplane's connections, with a time limit, and knows whether they succeed. Every
/// failure becomes <see cref="StoreUnavailableException"/>.
/// </summary>
internal sealed partial class RedisStore(RedisLink link, TimeProvider time, ILogger<RedisStore> logger)
{
    /// <summary>The longest that one command may take. A connection that answers nothing is ended by the link after twice as long.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    // Some milliseconds of Redis, and some kilobytes of the connection that carries the nodes' messages too.
    private const int FieldsPerPage = 500;

    private static readonly ReadOnlyMemory<byte> FirstCursor = Part("0");

    // A process that has just started is about to connect: its first reads wait for that.
    private static readonly TimeSpan FirstConnectTimeout = TimeSpan.FromSeconds(5);

    // After a time-out the next commands fail at once: a Redis that is frozen must not hold every caller up.
    private static readonly TimeSpan PauseAfterTimeout = TimeSpan.FromSeconds(1);

    private readonly long _started = time.GetTimestamp();
    private readonly Lock _gate = new();

    // Under _gate.
    private string? _failure;
    private bool _isRefusal;
    private long? _timedOutAt;

    /// <summary>How many connections there have been.</summary>
    public long Connections => link.Connections;

    /// <summary>The state for health: <c>Redis</c>, <c>Partial</c> while some servers of a cluster are unreachable, or <c>Unavailable</c>.</summary>
    public string State
    {
        get
        {
            lock (_gate)
            {
                return link.State switch
                {
                    RedisState.Connected => _failure is null ? nameof(StoreKind.Redis) : "Unavailable",
                    RedisState.Partial => nameof(RedisState.Partial),
                    _ => "Unavailable",
                };
            }
        }
    }

    /// <summary>Sends a command that changes nothing and whose first argument is the key it is about.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be done now.</exception>
    public Task<RespValue> ReadAsync(CancellationToken cancellation, params ReadOnlyMemory<byte>[] command) =>
        WithTimeoutAsync(() => link.AskAsync(command), isWrite: false, cancellation);

    /// <summary>Sends a command that changes the key that is its first argument.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be done now; whether it was done is not known.</exception>
    public Task<RespValue> WriteAsync(CancellationToken cancellation, params ReadOnlyMemory<byte>[] command) =>
        WithTimeoutAsync(() => link.AskAsync(command), isWrite: true, cancellation);

    /// <summary>Runs a script that changes keys of one slot.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be done now; whether it was done is not known.</exception>
    public Task<RespValue> RunAsync(
        ReadOnlyMemory<byte> script, ReadOnlyMemory<byte>[] keys, CancellationToken cancellation, params ReadOnlyMemory<byte>[] arguments) =>
        WithTimeoutAsync(() => link.RunScriptAsync(script, keys, arguments), isWrite: true, cancellation);

    /// <summary>
    /// Reads a hash, page by page. A field that is in the hash all the while is returned for certain; HSCAN may return a field twice. The reading
    /// begins anew over another connection, to which a cursor means nothing.
    /// </summary>
    /// <param name="key">The hash.</param>
    /// <param name="maxFields">After how many fields the reading ends.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    public async Task<Dictionary<string, byte[]>> ReadHashAsync(ReadOnlyMemory<byte> key, int maxFields, CancellationToken cancellation)
    {
        var fields = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var (cursor, connections) = (FirstCursor, Connections);
        do
        {
            if (Connections is var current && current != connections)
            {
                (cursor, connections) = (FirstCursor, current);
                fields.Clear();
            }

            var page = await ReadAsync(cancellation, Part("HSCAN"), key, cursor, Part("COUNT"), Number(FieldsPerPage));
            cursor = page.Items[0].Bytes;
            foreach (var pair in page.Items[1].Items.Chunk(2))
            {
                fields[pair[0].Text] = pair[1].Bytes;
            }
        }
        while (!cursor.Span.SequenceEqual(FirstCursor.Span) && fields.Count < maxFields);
        return fields;
    }

    /// <summary>A number as a part of a command.</summary>
    public static ReadOnlyMemory<byte> Number(long number) => Part(number.ToString(CultureInfo.InvariantCulture));

    private static bool IsFailure(Exception exception) => exception is RedisException or IOException or TimeoutException or InvalidDataException;

    private static string Explain(Exception exception) => exception switch
    {
        RedisException refused => $"Redis refuses it ({refused.Message})",
        TimeoutException => $"Redis did not answer within {Timeout.TotalSeconds:0} s",
        InvalidDataException => "Redis answered with something else than the gateway has stored",
        _ => "Redis is unreachable",
    };

    private async Task<RespValue> WithTimeoutAsync(Func<Task<RespValue>> ask, bool isWrite, CancellationToken cancellation)
    {
        ThrowIfTimedOut();
        try
        {
            if (!link.Reached.IsCompleted && FirstConnectTimeout - time.GetElapsedTime(_started) is var left && left > TimeSpan.Zero)
            {
                await link.Reached.WaitAsync(left, time, cancellation);
            }

            var answer = await ask().WaitAsync(Timeout, time, cancellation);
            Succeeded(isWrite);
            return answer;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed(exception);
        }
    }

    private void ThrowIfTimedOut()
    {
        lock (_gate)
        {
            if (_failure is { } failure && _timedOutAt is { } at && time.GetElapsedTime(at) < PauseAfterTimeout)
            {
                throw new StoreUnavailableException(failure);
            }
        }
    }

    private void Succeeded(bool isWrite)
    {
        lock (_gate)
        {
            // A Redis that is full goes on reading.
            if (_failure is null || (_isRefusal && !isWrite))
            {
                return;
            }

            _failure = null;
            _timedOutAt = null;
        }

        Log.Back(logger);
    }

    private StoreUnavailableException Failed(Exception exception)
    {
        var text = Explain(exception);
        bool isNew;
        lock (_gate)
        {
            isNew = _failure is null;
            _failure = text;
            _isRefusal = exception is RedisException;
            _timedOutAt = exception is TimeoutException ? time.GetTimestamp() : null;
        }

        if (isNew)
        {
            Log.Away(logger, text);
        }

        return new StoreUnavailableException(text, exception);
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Storage + 14,
            LogLevel.Warning,
            "What is kept in Redis (user groups, dead letters, usage) is not available: {Reason}.",
            EventName = "RedisStoreUnavailable")]
        public static partial void Away(ILogger logger, string reason);

        [LoggerMessage(
            Observability.EventIds.Storage + 15, LogLevel.Information, "What is kept in Redis is available again.", EventName = "RedisStoreAvailable")]
        public static partial void Back(ILogger logger);
    }
}
