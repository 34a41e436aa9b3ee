using System.Diagnostics.CodeAnalysis;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Keeps what this node's hubs use in the store, hour by hour: now and then, at each hour's end, and when the node stops. A row always
/// holds its hour's whole sum so far, so that writing it twice does no harm; what could not be written is written the next time.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing that must be disposed of.")]
internal sealed partial class UsageRecorder(
    HubMeters meters, IUsageStore store, ThisNode node, TimeProvider time, ILogger<UsageRecorder> logger) : BackgroundService
{
    /// <summary>A node that is killed loses as much.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan OneHour = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _turn = new(1);

    // All below by the one whose turn it is.
    private readonly Dictionary<string, Usage> _counted = new(StringComparer.Ordinal);
    private readonly Dictionary<(DateTimeOffset Hour, string Hub), Usage> _rows = [];
    private readonly HashSet<(DateTimeOffset Hour, string Hub)> _unwritten = [];
    private DateTimeOffset _since = time.GetUtcNow();

    /// <summary>Writes what has come since the last time.</summary>
    /// <exception cref="StoreUnavailableException">It is kept, and written the next time.</exception>
    public async ValueTask RecordAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            Look();
            if (_unwritten.Count > 0)
            {
                await store.PutAsync([.. _unwritten.Select(key => new UsageRow(key.Hour, key.Hub, node.Id.Value, _rows[key]))], cancellation);
                _unwritten.Clear();
            }

            ForgetEarlierHours();
        }
        finally
        {
            _turn.Release();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryRecordAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var now = time.GetUtcNow();
                var toHourEnd = HourOf(now) + OneHour - now;
                await Task.Delay(toHourEnd < Interval ? toHourEnd : Interval, time, stoppingToken);
                await TryRecordAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private static DateTimeOffset HourOf(DateTimeOffset moment) => new(moment.UtcDateTime.Date.AddHours(moment.UtcDateTime.Hour), TimeSpan.Zero);

    // What has come since the last look belongs to the hour of that look: there is one at each hour's end.
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
            if (row != before)
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

    private async ValueTask TryRecordAsync(CancellationToken cancellation)
    {
        try
        {
            await RecordAsync(cancellation);
        }
        catch (StoreUnavailableException)
        {
            // The table has said why.
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.RecordFailed(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Storage + 10, LogLevel.Error, "What hubs use could not be recorded; it is tried again.", EventName = "UsageNotRecorded")]
        public static partial void RecordFailed(ILogger logger, Exception exception);
    }
}
