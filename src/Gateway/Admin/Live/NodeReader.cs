using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Routing.Operations;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Upstream.Telemetry;

namespace Serverless.Gateway.Admin.Live;

/// <summary>Reads this node's figures, and requests those of the other nodes. Works only on request.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore without a wait handle holds nothing that must be disposed of.")]
internal sealed class NodeReader(
    ThisNode node,
    ConnectionTable table,
    HubMeters meters,
    ServerLoad load,
    IBackplane backplane,
    IUsageStore store,
    UsageRecorder recorder,
    TimeProvider time) : INodeRequest<GatewayReadingOperation>
{
    // With many viewers, the first one's request reads and the others share the result.
    private static readonly TimeSpan GoodFor = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan UnitsGoodFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMilliseconds(800);

    private readonly long _started = time.GetTimestamp();
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SemaphoreSlim _unitsTurn = new(1);
    private AllReadings? _last;
    private StoredUnits? _stored;

    public async ValueTask<byte[]> AnswerAsync(BackplaneMessage message, GatewayReadingOperation operation)
    {
        await Task.Yield();
        return JsonSerializer.SerializeToUtf8Bytes(await ReadAsync(), LiveJson.Default.NodeReading);
    }

    /// <summary>Returns the readings of all nodes that answer in time, this node's first.</summary>
    public async ValueTask<AllReadings> ReadAllAsync(CancellationToken cancelled)
    {
        await _turn.WaitAsync(cancelled);
        try
        {
            if (_last is { } last && time.GetElapsedTime(last.Taken) < GoodFor)
            {
                return last;
            }

            var own = await ReadAsync();
            var all = new List<NodeReading> { own };
            try
            {
                var answers = await backplane.AskAsync(
                    HubName.Gateway, Target.All(), new GatewayReadingOperation().Encode(), AnswerTimeout, cancelled);
                all.AddRange(answers.Select(static answer => JsonSerializer.Deserialize(answer.Span, LiveJson.Default.NodeReading)!));
            }
            catch (BackplaneUnavailableException)
            {
                // Returns this node's reading alone; it contains the state of the backplane.
            }

            var living = all.Select(static reading => reading.Node).ToHashSet(StringComparer.Ordinal);
            var gone = _stored?.Elsewhere.Where(of => !living.Contains(of.Key)).Aggregate(UnitsReading.None, static (sum, of) => sum + of.Value);
            return _last = new AllReadings(time.GetTimestamp(), time.GetUtcNow(), all, gone ?? UnitsReading.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<NodeReading> ReadAsync()
    {
        var units = await UnitsTodayAsync();
        return new NodeReading(node.Id.Value, time.GetElapsedTime(_started).TotalSeconds, load.Percent, backplane.Status.State)
        {
            Hubs = [.. meters.All.Where(static hub => !hub.IsGateways).Select(static hub => Read(hub)).OrderBy(hub => hub.Hub, StringComparer.Ordinal)],
            Templates = [.. UpstreamTotals.Read().Select(static of => new TemplateReading(of.Template, of.Calls, of.Errors, of.Buckets))],
            UnitsToday = units,
            UnitsSince = UnitsSince(),
            Viewers = meters.Find(HubName.Gateway.Value)?.Open(ConnectionKind.LiveTrace) ?? 0,
            Blocked = table.Open.Count(static connection => connection.IsBlocked),
            BytesWaiting = table.Open.Sum(static connection => (long)connection.BytesWaiting),
        };
    }

    private static HubReading Read(HubMeter hub)
    {
        var (clients, upstreams, received) = (hub.ToClients.Total, hub.ToUpstreams.Total, hub.FromClients.Total);
        return new HubReading(
            hub.Hub,
            Clients: hub.Clients,
            Diagnostic: hub.Open(ConnectionKind.Diagnostic),
            Received: received.Messages,
            Sent: clients.Messages,
            ToUpstreams: upstreams.Messages,
            BytesReceived: received.Bytes,
            BytesSent: clients.Bytes + upstreams.Bytes,
            SlowClosed: hub.ClosedOf(ConnectionKind.Client, CloseCategory.SlowClient) + hub.ClosedOf(ConnectionKind.Diagnostic, CloseCategory.SlowClient),
            Opened: hub.OpenedOf(ConnectionKind.Client) + hub.OpenedOf(ConnectionKind.Diagnostic));
    }

    private DateTimeOffset UnitsSince()
    {
        var midnight = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        return store.IsShared || _startedAt < midnight ? midnight : _startedAt;
    }

    // The units of today in the store, plus those counted since the store was read.
    private async ValueTask<UnitsReading?> UnitsTodayAsync()
    {
        var now = time.GetUtcNow();
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        await _unitsTurn.WaitAsync();
        try
        {
            if (_stored is not { } stored || stored.Day != today || now - stored.Asked >= UnitsGoodFor)
            {
                await recorder.RecordAsync(CancellationToken.None);
                var counted = Counted();
                var rows = await store.ReadAsync(today, today, CancellationToken.None);
                var byNode = rows.GroupBy(row => row.Node).ToDictionary(of => of.Key, UnitsOf, StringComparer.Ordinal);
                byNode.Remove(node.Id.Value, out var own);
                _stored = stored = new StoredUnits(today, now, own ?? UnitsReading.None, counted, byNode);
            }

            return stored.Own + Counted() - stored.Counted;
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
        finally
        {
            _unitsTurn.Release();
        }
    }

    private static UnitsReading UnitsOf(IEnumerable<UsageRow> rows) =>
        rows.Aggregate(UnitsReading.None, static (sum, row) => sum + UnitsReading.Of(row.Usage));

    private UnitsReading Counted() =>
        meters.All.Aggregate(UnitsReading.None, static (sum, hub) => sum + UnitsReading.Of(hub.Total));

    private sealed record StoredUnits(
        DateOnly Day, DateTimeOffset Asked, UnitsReading Own, UnitsReading Counted, IReadOnlyDictionary<string, UnitsReading> Elsewhere);
}

/// <summary>The readings of all nodes at about one moment.</summary>
/// <param name="Taken">The time of the readings, as a clock timestamp.</param>
/// <param name="Time">The same time as a date.</param>
/// <param name="Nodes">The readings of the nodes that answered.</param>
/// <param name="UnitsOfGone">Units of today counted by processes that have ended or do not answer.</param>
internal sealed record AllReadings(long Taken, DateTimeOffset Time, IReadOnlyList<NodeReading> Nodes, UnitsReading UnitsOfGone);
