using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Identity;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Represents one table of the durable store: created at the first use, called with a time-out, and known to be available or not. Failures
/// of network, account and identity all become <see cref="StoreUnavailableException"/>.
/// </summary>
internal sealed partial class DurableTable(Func<TableServiceClient> connect, string name, TimeProvider time, ILogger<DurableTable> logger)
{
    /// <summary>The maximum time of one operation, including retries.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(8);

    // For this time after a failure, operations fail at once, so that an unreachable store does not delay every caller.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    // Part of the node's descriptors for services. Further operations wait for a connection.
    private const int MaxConnections = 16;

    private static readonly HttpClientTransport Transport = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = MaxConnections,
    });

    private readonly Lock _gate = new();

    // Under _gate.
    private TableClient? _table;
    private long _failedAt;
    private string? _failure;

    /// <summary>Gets a value that indicates whether the last operation succeeded.</summary>
    public bool IsAvailable
    {
        get
        {
            lock (_gate)
            {
                return _failure is null;
            }
        }
    }

    /// <summary>Creates the client's options: few and short retries, because a caller waits.</summary>
    public static TableClientOptions ClientOptions() => new()
    {
        Transport = Transport,
        Retry =
        {
            Mode = RetryMode.Exponential,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(1),
            MaxRetries = 3,
            NetworkTimeout = TimeSpan.FromSeconds(4),
        },
    };

    /// <summary>Runs an operation on the table.</summary>
    /// <exception cref="StoreUnavailableException">The operation failed.</exception>
    public async ValueTask<T> RunAsync<T>(Func<TableClient, CancellationToken, Task<T>> operation, CancellationToken cancellation)
    {
        // The caller may be a thread that polls sockets, and the client may block.
        await Task.Yield();
        ThrowIfJustFailed();
        using var timer = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            var result = await RunOnTableAsync(operation, either.Token);
            Succeeded();
            return result;
        }
        catch (Exception exception) when (IsStoreFailure(exception) && !cancellation.IsCancellationRequested)
        {
            throw Failed(exception);
        }
    }

    private static bool IsStoreFailure(Exception exception) => exception switch
    {
        RequestFailedException or AuthenticationFailedException or HttpRequestException or IOException or OperationCanceledException => true,
        AggregateException several => several.InnerExceptions.All(IsStoreFailure),
        _ => false,
    };

    private static string Explain(Exception exception) => exception switch
    {
        RequestFailedException { Status: 401 or 403 } refused =>
            $"it refuses the gateway ({refused.Status} {refused.ErrorCode}); check the key in Gateway:Tables, or the identity's role (Storage Table Data Contributor)",
        RequestFailedException { Status: > 0 } failed => $"it answered {failed.Status} {failed.ErrorCode}",
        AuthenticationFailedException => "the gateway's identity gets no token",
        OperationCanceledException => $"it did not answer within {Timeout.TotalSeconds:0} s",
        AggregateException several => Explain(several.InnerExceptions[^1]),
        _ => "it cannot be reached",
    };

    private async Task<T> RunOnTableAsync<T>(Func<TableClient, CancellationToken, Task<T>> operation, CancellationToken limit)
    {
        var table = await TableAsync(limit);
        try
        {
            return await operation(table, limit);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == "TableNotFound")
        {
            // The table was deleted while the gateway ran.
            lock (_gate)
            {
                _table = null;
            }

            return await operation(await TableAsync(limit), limit);
        }
    }

    private async Task<TableClient> TableAsync(CancellationToken limit)
    {
        lock (_gate)
        {
            if (_table is not null)
            {
                return _table;
            }
        }

        var table = connect().GetTableClient(name);
        await table.CreateIfNotExistsAsync(limit);
        lock (_gate)
        {
            return _table ??= table;
        }
    }

    private void ThrowIfJustFailed()
    {
        lock (_gate)
        {
            if (_failure is not null && time.GetElapsedTime(_failedAt) < PauseAfterFailure)
            {
                throw new StoreUnavailableException(_failure);
            }
        }
    }

    private void Succeeded()
    {
        lock (_gate)
        {
            if (_failure is null)
            {
                return;
            }

            _failure = null;
        }

        Log.Back(logger, name);
    }

    private StoreUnavailableException Failed(Exception exception)
    {
        var text = Explain(exception);
        bool isNew;
        lock (_gate)
        {
            isNew = _failure is null;
            _failure = text;
            _failedAt = time.GetTimestamp();
        }

        if (isNew)
        {
            Log.Away(logger, name, text);
        }

        return new StoreUnavailableException(text, exception);
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Storage + 1, LogLevel.Warning, "The table {Table} is not available: {Reason}.", EventName = "TableUnavailable")]
        public static partial void Away(ILogger logger, string table, string reason);

        [LoggerMessage(Observability.EventIds.Storage + 2, LogLevel.Information, "The table {Table} is available again.", EventName = "TableAvailable")]
        public static partial void Back(ILogger logger, string table);
    }
}
