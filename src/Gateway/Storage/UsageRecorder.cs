using System.Diagnostics.CodeAnalysis;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Writes the usage of this node's hubs to the store: periodically, at each hour's end, and when the node stops. A row always has the
/// hour's sum so far, so that writing it twice does no harm. A row that could not be written is written the next time.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds no resource to dispose.")]
internal sealed partial class UsageRecorder(
    HubMeters meters, Quotas quotas, IUsageStore store, ThisNode node, TimeProvider time, ILogger<UsageRecorder> logger) : BackgroundService
{
    /// <summary>The interval of writes, which is also the usage that a killed node loses.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <summary>The interval with shared quotas, which is also the delay until a node sees the usage of the others.</summary>
    public static readonly TimeSpan SharedInterval = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan LastWriteTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OneHour = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _turn = new(1);

    // All below are accessed only by the holder of _turn.
    private readonly Dictionary<string, Usage> _counted = new(StringComparer.Ordinal);
    private readonly Dictionary<(DateTimeOffset Hour, string Hub), Usage> _rows = [];
    private readonly HashSet<(DateTimeOffset Hour, string Hub)> _unwritten = [];
    private DateTimeOffset _since = time.GetUtcNow();

    /// <summary>Writes the usage since the last call.</summary>
    /// <exception cref="StoreUnavailableException">The rows are kept and written the next time.</exception>
    public async ValueTask RecordAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            Look();
            if (_unwritten.Count > 0)
            {
                await store.PutAsync([.. _unwritten.Select(ToRow)], cancellation);
                _unwritten.Clear();
            }

            ForgetEarlierHours();
        }
        finally
        {
            _turn.Release();
        }
    }

    private UsageRow ToRow((DateTimeOffset Hour, string Hub) key) => new(key.Hour, key.Hub, node.Id.Value, _rows[key])
    {
        Clients = meters.Find(key.Hub)?.Clients ?? 0,
        Written = time.GetUtcNow(),
    };

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // The host's shutdown time may be over already, if upstream calls were cut off.
        using var timeout = new CancellationTokenSource(LastWriteTimeout, time);
        try
        {
            await TryRecordAsync(timeout.Token);
        }
        catch (OperationCanceledException exception)
        {
            Log.RecordFailed(logger, exception);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var interval = SharesQuotas ? SharedInterval : Interval;
            while (true)
            {
                await TryRecordAsync(stoppingToken);
                var now = time.GetUtcNow();
                var toHourEnd = HourOf(now) + OneHour - now;
                await Task.Delay(toHourEnd < interval ? toHourEnd : interval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private bool SharesQuotas => quotas.IsOn && store.IsShared;

    private static DateTimeOffset HourOf(DateTimeOffset moment) => new(moment.UtcDateTime.Date.AddHours(moment.UtcDateTime.Hour), TimeSpan.Zero);

    // The usage since the last look belongs to the hour of that look, because there is a look at each hour's end.
    private void Look()
    {
        var hour = HourOf(_since);
        _since = time.GetUtcNow();
        foreach (var meter in meters.All)
        {
            var total = meter.Total;
            var used = total.Since(_counted.GetValueOrDefault(meter.Hub)) with { ConnectionsPeak = meter.TakePeak() };
            if (used == default)
            {
                continue;
            }

            _counted[meter.Hub] = total;
            var key = (hour, meter.Hub);
            var before = _rows.GetValueOrDefault(key);
            var row = before.Then(used);
            if (row != before || SharesQuotas)
            {
                _rows[key] = row;
                _unwritten.Add(key);
            }
        }
    }

    private void ForgetEarlierHours()
    {
        var hour = HourOf(_since);
        foreach (var key in _rows.Keys.Where(key => key.Hour < hour).ToList())
        {
            _rows.Remove(key);
        }
    }

    // The units of other nodes count for the whole day, even if a node has stopped; their clients count only while they keep writing.
    private async ValueTask LookElsewhereAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var rows = await store.ReadAsync(today, today, cancellation);
        quotas.Observe(today, rows.Where(row => row.Node != node.Id.Value).GroupBy(row => row.Hub).ToDictionary(
            hub => hub.Key,
            hub => new UsedElsewhere(
                hub.Sum(row => row.Usage.MessageUnits),
                hub.GroupBy(row => row.Node).Select(of => of.MaxBy(row => row.Hour)!).Where(row => now - row.Written < SharedInterval * 4).Sum(row => row.Clients)),
            StringComparer.Ordinal));
    }

    private async ValueTask TryRecordAsync(CancellationToken cancellation)
    {
        try
        {
            await RecordAsync(cancellation);
            if (SharesQuotas)
            {
                await LookElsewhereAsync(cancellation);
            }
        }
        catch (StoreUnavailableException)
        {
            // The table has logged the reason.
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.RecordFailed(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Storage + 10, LogLevel.Error, "The usage of hubs could not be recorded; it is retried.", EventName = "UsageNotRecorded")]
        public static partial void RecordFailed(ILogger logger, Exception exception);
    }
}
