using System.Globalization;
using Serverless.Gateway.Backplane.Redis.Link;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Redis.Shards;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Storage.Redis;

/// <summary>
/// Uses Redis as a durable store: sends commands over the backplane's connections, with a time-out, and tracks whether they succeed. Every
/// failure becomes <see cref="StoreUnavailableException"/>.
/// </summary>
internal sealed partial class RedisStore(RedisLink link, TimeProvider time, ILogger<RedisStore> logger)
{
    /// <summary>The maximum time of one command. The link ends a connection that does not answer for twice that time.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    // Some milliseconds of Redis, and some kilobytes of the connection, which carries the nodes' messages too.
    private const int FieldsPerPage = 500;

    private static readonly ReadOnlyMemory<byte> FirstCursor = Part("0");

    // A process that has just started is still connecting: its first commands wait for that.
    private static readonly TimeSpan FirstConnectTimeout = TimeSpan.FromSeconds(5);

    // After a time-out the next commands fail at once, so that a frozen Redis does not delay every caller.
    private static readonly TimeSpan PauseAfterTimeout = TimeSpan.FromSeconds(1);

    private readonly long _started = time.GetTimestamp();
    private readonly Lock _gate = new();

    // Under _gate.
    private string? _failure;
    private bool _isRefusal;
    private long? _timedOutAt;

    /// <summary>Gets the number of connections made so far.</summary>
    public long Connections => link.Connections;

    /// <summary>
    /// Gets the state for the health report: <c>Redis</c>, <c>Partial</c> while some servers of a cluster are unreachable, or
    /// <c>Unavailable</c>.
    /// </summary>
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

    /// <summary>Sends a command that only reads, and whose first argument is its key.</summary>
    /// <exception cref="StoreUnavailableException">The command failed.</exception>
    public Task<RespValue> ReadAsync(CancellationToken cancellation, params ReadOnlyMemory<byte>[] command) =>
        WithTimeoutAsync(() => link.AskAsync(command), isWrite: false, cancellation);

    /// <summary>Sends a command that changes the key in its first argument.</summary>
    /// <exception cref="StoreUnavailableException">The command failed. It may have been executed.</exception>
    public Task<RespValue> WriteAsync(CancellationToken cancellation, params ReadOnlyMemory<byte>[] command) =>
        WithTimeoutAsync(() => link.AskAsync(command), isWrite: true, cancellation);

    /// <summary>Runs a script that changes keys of one slot.</summary>
    /// <exception cref="StoreUnavailableException">The command failed. It may have been executed.</exception>
    public Task<RespValue> RunAsync(
        ReadOnlyMemory<byte> script, ReadOnlyMemory<byte>[] keys, CancellationToken cancellation, params ReadOnlyMemory<byte>[] arguments) =>
        WithTimeoutAsync(() => link.RunScriptAsync(script, keys, arguments), isWrite: true, cancellation);

    /// <summary>
    /// Reads a hash, page by page. A field that stays in the hash is always returned; HSCAN may return a field twice. Over a new connection the
    /// reading starts again, because a cursor is not valid there.
    /// </summary>
    /// <param name="key">The hash.</param>
    /// <param name="maxFields">The number of fields after which the reading ends.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="StoreUnavailableException">The hash cannot be read.</exception>
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

    /// <summary>Returns a number as a part of a command.</summary>
    public static ReadOnlyMemory<byte> Number(long number) => Part(number.ToString(CultureInfo.InvariantCulture));

    private static bool IsFailure(Exception exception) => exception is RedisException or IOException or TimeoutException or InvalidDataException;

    private static string Explain(Exception exception) => exception switch
    {
        RedisException refused => $"Redis refuses it ({refused.Message})",
        TimeoutException => $"Redis did not answer within {Timeout.TotalSeconds:0} s",
        InvalidDataException => "Redis answered with other data than the gateway has stored",
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
            // A full Redis still answers reads.
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
            "The state in Redis (user groups, dead letters, usage) is not available: {Reason}.",
            EventName = "RedisStoreUnavailable")]
        public static partial void Away(ILogger logger, string reason);

        [LoggerMessage(
            Observability.EventIds.Storage + 15, LogLevel.Information, "The state in Redis is available again.", EventName = "RedisStoreAvailable")]
        public static partial void Back(ILogger logger);
    }
}
