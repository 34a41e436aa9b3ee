using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Tests.Connections;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Storage;

public sealed class UsageRecorderTests : IDisposable
{
    private readonly FakeTime _time = new(); // 23:59:58.765
    private readonly HubMeters _meters = new();
    private readonly FailingStore _store = new();
    private readonly UsageRecorder _recorder;

    private readonly Quotas _noQuotas;

    public UsageRecorderTests()
    {
        _noQuotas = new Quotas(_meters, Options.Create(new QuotaOptions()), _time, NullLogger<Quotas>.Instance);
        _recorder = new UsageRecorder(
            _meters, _noQuotas, _store, new ThisNode(NodeId.Create()), _time, NullLogger<UsageRecorder>.Instance);
    }

    public void Dispose() => _recorder.Dispose();

    [Fact]
    public async Task What_comes_before_the_hour_s_end_is_that_hour_s_and_what_comes_after_the_next_one_s()
    {
        await _recorder.StartAsync(default);
        Send(3);
        await RecordedAsync(hours: 1);
        Send(5);
        await RecordedAsync(hours: 2);
        Assert.Equal([("2027-02-28 23", 3L), ("2027-03-01 00", 5L)], await RowsAsync());
        await _recorder.StopAsync(default);
    }

    [Fact]
    public async Task What_is_used_until_the_end_is_recorded_when_the_node_stops()
    {
        await _recorder.StartAsync(default);
        Send(2);
        await _recorder.StopAsync(default);
        Assert.Equal([("2027-02-28 23", 2L)], await RowsAsync());
    }

    [Fact]
    public async Task While_the_store_is_away_nothing_is_lost_and_nothing_is_counted_twice()
    {
        Send(1);
        await _recorder.RecordAsync(default);
        _store.FailsAfterPutting = true;
        Send(10);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _recorder.RecordAsync(default).AsTask());
        _time.Advance(TimeSpan.FromHours(1));
        Send(100);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _recorder.RecordAsync(default).AsTask());
        Send(1000);
        _store.FailsAfterPutting = false;
        await _recorder.RecordAsync(default);
        Assert.Equal([("2027-02-28 23", 111L), ("2027-03-01 00", 1000L)], await RowsAsync());
    }

    [Fact]
    public async Task Recording_while_messages_are_counted_is_exact()
    {
        const int Messages = 200_000;
        var counting = Task.Run(() => Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < Messages / 4; i++)
            {
                Send(1);
            }
        }));
        while (!counting.IsCompleted)
        {
            await Task.WhenAll(_recorder.RecordAsync(default).AsTask(), _recorder.RecordAsync(default).AsTask());
        }

        await counting;
        await _recorder.RecordAsync(default);
        Assert.Equal([("2027-02-28 23", (long)Messages)], await RowsAsync());
    }

    [Fact]
    public async Task The_peak_of_an_hour_is_the_most_at_once_and_a_new_hour_begins_with_those_who_stayed()
    {
        var meter = _meters.Of(TestClients.Hub("chat"));
        for (var i = 0; i < 5; i++)
        {
            meter.Opened(ConnectionKind.Client);
        }

        await _recorder.RecordAsync(default);
        meter.Closed(ConnectionKind.Client, CloseCategory.Normal);
        meter.Closed(ConnectionKind.Client, CloseCategory.Normal);
        await _recorder.RecordAsync(default);
        _time.Advance(TimeSpan.FromSeconds(2));
        await _recorder.RecordAsync(default);
        await _recorder.RecordAsync(default);
        var rows = await _store.ReadAsync(DateOnly.MinValue, DateOnly.MaxValue, default);
        Assert.Equal([5L, 3L], rows.OrderBy(row => row.Hour).Select(row => row.Usage.ConnectionsPeak));
        Assert.Equal([5L, 0L], rows.OrderBy(row => row.Hour).Select(row => row.Usage.ConnectionsOpened));
    }

    // Advances the time until the recorder has looked by itself, because the start of its wait is unknown.
    private Task RecordedAsync(int hours) => Waits.UntilAsync(
        async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            return (await RowsAsync()).Count == hours;
        },
        $"{hours} hours are recorded");

    private void Send(int units) => _meters.Of(TestClients.Hub("chat")).ToClients.Add(new Traffic(1, units, 1));

    private async Task<List<(string Hour, long Units)>> RowsAsync() =>
    [
        .. (await _store.ReadAsync(DateOnly.MinValue, DateOnly.MaxValue, default))
            .OrderBy(row => row.Hour)
            .Select(row => (row.Hour.ToString("yyyy-MM-dd HH"), row.Usage.ClientUnits)),
    ];

    // Fails like a store whose answer is lost: the rows may have been stored.
    private sealed class FailingStore : IUsageStore
    {
        private readonly InMemoryUsageStore _store = new();

        public bool FailsAfterPutting { get; set; }

        public bool IsShared => true;

        public async ValueTask PutAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellation)
        {
            await _store.PutAsync(rows, cancellation);
            if (FailsAfterPutting)
            {
                throw new StoreUnavailableException("it is away");
            }
        }

        public ValueTask<IReadOnlyList<UsageRow>> ReadAsync(DateOnly first, DateOnly last, CancellationToken cancellation) =>
            _store.ReadAsync(first, last, cancellation);
    }
}
