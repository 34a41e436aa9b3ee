using Serverless.Gateway.Limits;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Gateway.Upstream.Hosts;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Upstream;

/// <summary>Covers the calls that get a connection to their upstream host, that wait, and that are refused.</summary>
public sealed class UpstreamGateTests
{
    private const int PerHost = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(100);
    private static readonly NodeBudget Budget = NodeBudget.Of(20_000, 1 << 30, upstreamPerHost: PerHost, queuedBytes: 1024 * 1024);

    private readonly FakeTime _time = new();
    private readonly QueuedBytes _queued = new(Budget);
    private readonly UpstreamGate _gate;

    public UpstreamGateTests() => _gate = new UpstreamGate(Budget, _queued, _time);

    [Fact]
    public async Task A_host_gets_as_many_calls_as_it_may_have_connections_and_the_rest_in_the_order_they_came()
    {
        var first = await AdmittedAsync("a", PerHost);
        var waiting = Enumerable.Range(0, 3).Select(_ => Enter("a")).ToArray();
        foreach (var (call, i) in waiting.Select((call, i) => (call, i)))
        {
            Assert.All(waiting[i..], later => Assert.False(later.IsCompleted));
            _gate.Leave(first[i]);
            Assert.True((await call.WaitAsync(Waits.Limit)).IsAdmitted);
        }

        Assert.Equal(PerHost, _gate.Load.Active);
    }

    [Fact]
    public async Task Hosts_that_hang_leave_a_connection_to_the_next()
    {
        foreach (var (host, most) in new[] { ("a", 4), ("b", 2), ("c", 1) })
        {
            await AdmittedAsync(host, most);
            Assert.All(Enumerable.Range(0, 9).Select(_ => Enter(host)), call => Assert.False(call.IsCompleted));
        }

        var well = await Enter("well").WaitAsync(Waits.Limit);
        _gate.Leave(in well);
        Assert.Equal((PerHost + 3, 27), (_gate.Load.Active, _gate.Load.Waiting));
    }

    [Fact]
    public async Task Hosts_differ_by_scheme_and_port_and_not_by_path()
    {
        var paths = await AdmittedAsync("a", PerHost);
        Assert.False(Enter("a/other?x").IsCompleted);
        Assert.True(Enter("a:81").IsCompleted);
        Assert.True(_gate.EnterAsync(new Uri("https://a/"), 0, UpstreamCallKind.Message, Limit, default).AsTask().IsCompleted);
        Assert.Equal(PerHost, paths.Count);
    }

    [Fact]
    public async Task A_connection_that_becomes_free_goes_to_the_hosts_that_wait_in_turns()
    {
        var a = await AdmittedAsync("a", 4);
        await AdmittedAsync("b", 2);
        await AdmittedAsync("c", 1);
        await AdmittedAsync("d", 1);
        var (e, f) = (Enter("e"), Enter("f"));
        Assert.False(e.IsCompleted || f.IsCompleted);
        _gate.Leave(a[0]);
        Assert.True((await e.WaitAsync(Waits.Limit)).IsAdmitted);
        Assert.False(f.IsCompleted);
        _gate.Leave(a[1]);
        Assert.True((await f.WaitAsync(Waits.Limit)).IsAdmitted);
    }

    [Fact]
    public async Task A_message_waits_as_long_as_a_call_may_take_and_is_told_why_it_was_not_sent()
    {
        await AdmittedAsync("a", PerHost);
        var call = Enter("a");
        _time.Advance(Limit - TimeSpan.FromSeconds(1));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        var pass = await call.WaitAsync(Waits.Limit);
        Assert.False(pass.IsAdmitted);
        Assert.Equal(
            "no connection to the upstream host became free within 100 seconds; the limit is set by Gateway:Upstream:MaxConnections", pass.WhyNot);
        Assert.Equal(0, _gate.Load.Waiting);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_event_of_a_connection_waits_for_an_hour(bool isDisconnected)
    {
        var first = await AdmittedAsync("a", PerHost);
        var kind = isDisconnected ? UpstreamCallKind.Disconnected : UpstreamCallKind.Connected;
        var (early, late) = (Enter("a", kind), Enter("a", kind));
        Assert.Equal(2 * UpstreamGate.EventBytes, _queued.Held);
        _time.Advance(TimeSpan.FromMinutes(59));
        _gate.Leave(first[0]);
        var pass = await early.WaitAsync(Waits.Limit);
        Assert.Equal((true, TimeSpan.FromMinutes(59)), (pass.IsAdmitted, TimeSpan.FromSeconds(Math.Round(pass.Waited.TotalSeconds))));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Contains("within 3600 seconds", (await late.WaitAsync(Waits.Limit)).WhyNot, StringComparison.Ordinal);
        Assert.Equal(0, _queued.Held);
    }

    [Fact]
    public async Task A_wait_that_is_cancelled_leaves_its_place_to_others()
    {
        var first = await AdmittedAsync("a", PerHost);
        using var cancel = new CancellationTokenSource();
        var cancelled = _gate.EnterAsync(new Uri("http://a/"), 0, UpstreamCallKind.Stream, Limit, cancel.Token).AsTask();
        var next = Enter("a");
        await cancel.CancelAsync();
        Assert.Equal(default, await cancelled.WaitAsync(Waits.Limit));
        Assert.Equal((1, 0), (_gate.Load.Waiting, _gate.Load.Streams));
        _gate.Leave(first[0]);
        Assert.True((await next.WaitAsync(Waits.Limit)).IsAdmitted);
    }

    [Fact]
    public async Task The_events_of_clients_that_have_gone_and_the_calls_of_those_that_are_there_take_turns()
    {
        var first = await AdmittedAsync("a", PerHost);
        var gone = Enumerable.Range(0, 3).Select(_ => Enter("a", UpstreamCallKind.Disconnected)).ToArray();
        var there = Enumerable.Range(0, 3).Select(_ => Enter("a")).ToArray();
        for (var i = 0; i < 4; i++)
        {
            _gate.Leave(first[i]);
        }

        await Task.WhenAll(gone[0], gone[1], there[0], there[1]).WaitAsync(Waits.Limit);
        Assert.False(gone[2].IsCompleted || there[2].IsCompleted);
    }

    [Fact]
    public async Task Streams_hold_half_of_a_hosts_connections_and_one_more_is_told_why_at_once()
    {
        var streams = await AdmittedAsync("a", PerHost / 2, UpstreamCallKind.Stream);
        var refused = await Enter("a", UpstreamCallKind.Stream).WaitAsync(Waits.Limit);
        Assert.Equal("the upstream host holds 2 streams of this node open already; the limit is half of Gateway:Upstream:MaxConnections", refused.WhyNot);
        Assert.True(Enter("a").IsCompleted);

        // A waiting stream counts against the limit too.
        await AdmittedAsync("a", 1);
        _gate.Leave(streams[0]);
        await AdmittedAsync("a", 1);
        var inLine = Enter("a", UpstreamCallKind.Stream);
        Assert.False(inLine.IsCompleted);
        Assert.NotNull((await Enter("a", UpstreamCallKind.Stream).WaitAsync(Waits.Limit)).WhyNot);
        _gate.Leave(streams[1]);
        _gate.Leave(await inLine.WaitAsync(Waits.Limit));
        Assert.Equal(0, _gate.Load.Streams);
    }

    [Fact]
    public async Task Streams_hold_half_of_all_connections()
    {
        await AdmittedAsync("a", 2, UpstreamCallKind.Stream);
        await AdmittedAsync("b", 2, UpstreamCallKind.Stream);
        Assert.Equal(
            "upstream hosts hold 4 streams of this node open already; the limit is set by Gateway:Upstream:MaxConnections",
            (await Enter("c", UpstreamCallKind.Stream).WaitAsync(Waits.Limit)).WhyNot);
        Assert.True(Enter("c").IsCompleted);
    }

    [Fact]
    public async Task A_node_that_is_full_refuses_messages_that_would_wait_but_not_the_events_of_connections()
    {
        await AdmittedAsync("a", PerHost);
        _queued.Add(_queued.MaxBytes);
        var refused = await Enter("a").WaitAsync(Waits.Limit);
        Assert.Contains("Gateway:Limits:MaxQueuedBytes", refused.WhyNot, StringComparison.Ordinal);
        Assert.True(Enter("b").IsCompleted);

        var events = Enumerable.Range(0, (int)(_queued.MaxBytes / UpstreamGate.EventBytes)).Select(_ => Enter("a", UpstreamCallKind.Disconnected)).ToList();
        Assert.All(events, waiting => Assert.False(waiting.IsCompleted));
        Assert.Contains(
            "Gateway:Limits:MaxQueuedBytes", (await Enter("a", UpstreamCallKind.Connected).WaitAsync(Waits.Limit)).WhyNot, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_threads_never_exceed_a_bound_and_leave_nothing_behind()
    {
        var most = new int[8];
        var active = new int[8];
        var all = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 8_000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (number, _) =>
        {
            var host = number % 7 % 4;
            var pass = await _gate.EnterAsync(
                new Uri($"http://h{host}/"), 0, number % 3 == 0 ? UpstreamCallKind.Disconnected : UpstreamCallKind.Message, Limit, default);
            Assert.True(pass.IsAdmitted);
            var now = Interlocked.Increment(ref active[host]);
            Assert.InRange(Interlocked.Increment(ref all), 1, 2 * PerHost);
            lock (most)
            {
                most[host] = Math.Max(most[host], now);
            }

            await Task.Yield();
            Interlocked.Decrement(ref all);
            Interlocked.Decrement(ref active[host]);
            _gate.Leave(in pass);
        });
        Assert.All(most, peak => Assert.InRange(peak, 0, PerHost));
        Assert.Equal((0, 0, 0, 4), _gate.Load);
        Assert.Equal(0, _queued.Held);
    }

    [Fact]
    public async Task Hosts_that_clients_make_up_are_forgotten()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _gate.Leave(await Enter($"h{i}"));
        }

        Assert.InRange(_gate.Load.Hosts, 1, 300);
    }

    [Fact]
    public async Task Admission_allocates_nothing()
    {
        var url = new Uri("http://a/");
        for (var round = 0; round < 2; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                _gate.Leave(await _gate.EnterAsync(url, 0, UpstreamCallKind.Message, Limit, default));
            }

            Assert.True(round == 0 || GC.GetAllocatedBytesForCurrentThread() - before < 1000);
        }
    }

    private Task<UpstreamPass> Enter(string host, UpstreamCallKind kind = UpstreamCallKind.Message) =>
        _gate.EnterAsync(new Uri($"http://{host}"), 0, kind, Limit, default).AsTask();

    private async Task<List<UpstreamPass>> AdmittedAsync(string host, int count, UpstreamCallKind kind = UpstreamCallKind.Message)
    {
        var passes = new List<UpstreamPass>();
        for (var i = 0; i < count; i++)
        {
            var call = Enter(host, kind);
            Assert.True(call.IsCompleted);
            passes.Add(await call);
            Assert.True(passes[i].IsAdmitted);
        }

        return passes;
    }
}
