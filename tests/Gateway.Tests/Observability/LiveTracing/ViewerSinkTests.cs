using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability.LiveTracing;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Gateway.Observability.Spans;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Observability.LiveTracing;

public sealed class ViewerSinkTests : IDisposable
{
    private readonly LiveTrace _trace = new(new ThisNode(NodeId.Create()), new FakeTime(), new SecretMask([]));

    [Fact]
    public void It_is_off_until_somebody_listens_and_again_when_nobody_does()
    {
        Assert.False(_trace.IsOn);
        var (one, other) = (new ViewerSink(new LiveTraceFilter()), new ViewerSink(new LiveTraceFilter()));
        _trace.Add(one);
        _trace.Add(other);
        _trace.Remove(one);
        Assert.True(_trace.IsOn);
        _trace.Remove(other);
        Assert.False(_trace.IsOn);
        Assert.False(_trace.Wants(About()));
    }

    [Fact]
    public void Looking_whether_anybody_listens_allocates_nothing()
    {
        Look(); // The first call includes compilation.
        var before = GC.GetAllocatedBytesForCurrentThread();
        Look();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Look()
        {
            for (var i = 0; i < 1000; i++)
            {
                if (_trace.IsOn)
                {
                    Assert.True(_trace.Wants(About()));
                }
            }
        }
    }

    [Theory]
    [InlineData("connection", "c1", "c2")]
    [InlineData("user", "u1", "u2")]
    [InlineData("hub", "h1", "h2")]
    [InlineData("group", "g1", "g2")]
    [InlineData("tracingId", "1", "2")]
    public void A_filter_lets_through_what_it_names_and_nothing_else(string what, string named, string other)
    {
        var filter = what switch
        {
            "connection" => new LiveTraceFilter { Connection = named },
            "user" => new LiveTraceFilter { User = named },
            "hub" => new LiveTraceFilter { Hub = named },
            "group" => new LiveTraceFilter { Group = named },
            _ => new LiveTraceFilter { TracingId = 1 },
        };
        Assert.True(filter.Matches(With(what, named)));
        Assert.False(filter.Matches(With(what, other)));
        Assert.False(filter.Matches(new LiveTraceSubject(LiveTraceCategory.Messaging, null, null, null, null, 0, false)));
        Assert.False((filter with { Categories = LiveTraceCategory.Connectivity }).Matches(With(what, named)));
        Assert.False((filter with { DiagnosticOnly = true }).Matches(With(what, named)));
    }

    [Fact]
    public void A_viewer_that_takes_what_it_can_misses_nothing()
    {
        var sink = new ViewerSink(new LiveTraceFilter { PerSecond = 100 });
        _trace.Add(sink);
        var seen = 0;
        for (var tick = 0; tick < 50; tick++)
        {
            Make(10, first: tick * 10);
            var batch = sink.TryTake()!;
            Assert.Equal((0, 1), (batch.Omitted, batch.SampledOneIn));
            seen += batch.Events.Count;
        }

        Assert.Equal(500, seen);
        Assert.Null(sink.TryTake());
    }

    [Fact]
    public void A_viewer_that_is_behind_gets_whole_journeys_of_some_messages_and_a_count_of_the_rest()
    {
        var sink = new ViewerSink(new LiveTraceFilter { PerSecond = 100 });
        _trace.Add(sink);
        var made = 0;
        long counted = 0;
        var batches = new List<LiveTraceBatch>();
        for (var tick = 0; tick < 100; tick++)
        {
            // Three events of each of 100 messages: thirty times as many as the viewer takes.
            for (var event_ = 0; event_ < 3; event_++)
            {
                Make(100, first: tick * 100);
            }

            made += 300;
            batches.Add(sink.TryTake()!);
            Assert.InRange(batches[^1].Events.Count, 0, 10);
        }

        while (sink.TryTake() is { } rest)
        {
            batches.Add(rest);
        }

        counted = batches.Sum(batch => batch.Events.Count + batch.Omitted);
        Assert.Equal(made, counted);
        Assert.True(batches.Sum(batch => batch.Events.Count) > 500, "The viewer must get at least half of the events that it could take.");
        Assert.True(batches.Max(batch => batch.SampledOneIn) >= 16);

        // When the sample has settled, messages are shown with all their events, except a few at changes of the sample.
        var journeys = batches.Skip(40).SelectMany(batch => batch.Events).GroupBy(one => one.TracingId).Select(journey => journey.Count()).ToList();
        Assert.True(journeys.Count(count => count == 3) > journeys.Count * 0.5, $"{journeys.Count(count => count == 3)} of {journeys.Count}");

        // Without further load, the viewer gets every event again.
        for (var tick = 0; tick < 20; tick++)
        {
            sink.TryTake();
        }

        Make(5, first: 0);
        Assert.Equal(5, sink.TryTake()!.Events.Count);
    }

    [Fact]
    public void Calls_have_a_context_while_there_is_a_viewer_and_are_in_no_sample()
    {
        var viewer = new ViewerSink(new LiveTraceFilter());
        _trace.Add(viewer);
        Assert.True(_trace.HasViewers);
        var parent = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, isRemote: true);
        using (var call = GatewaySpans.StartDetached(GatewaySpans.Invocation, ActivityKind.Server, parent)!)
        {
            Assert.Equal((parent.TraceId, false), (call.TraceId, call.Recorded));
            Activity.Current = call;
            Assert.Equal(parent.TraceId, About().TraceId);
        }

        _trace.Remove(viewer);
        Assert.False(_trace.HasViewers);
        Assert.Equal(default, About().TraceId);
    }

    [Fact]
    public void A_sample_has_all_messages_of_a_trace_or_none()
    {
        var sink = new ViewerSink(new LiveTraceFilter { PerSecond = 10 });
        _trace.Add(sink);
        for (var tick = 0; tick < 10; tick++)
        {
            Make(100, first: 0);
            sink.TryTake();
        }

        for (var i = 0; i < 100; i++)
        {
            var trace = ActivityTraceId.CreateRandom();
            Assert.Single(Enumerable.Range(1, 10).Select(id => sink.Accepts(About(id) with { TraceId = trace })).Distinct());
        }
    }

    [Fact]
    public void Each_of_two_viewers_gets_what_its_own_filter_lets_through()
    {
        var (all, one) = (new ViewerSink(new LiveTraceFilter { Bodies = true, BodyBytes = 3 }), new ViewerSink(new LiveTraceFilter { TracingId = 2 }));
        _trace.Add(all);
        _trace.Add(one);
        foreach (var id in new long[] { 1, 2 })
        {
            var about = About(id);
            Assert.True(_trace.Wants(about));
            _trace.Emit(about, new LiveTraceEvent(about, LogLevel.Information, "E", "") with { Body = LiveTraceBody.From("[1,2]"u8, isBinary: false, _trace.Mask) });
        }

        var shown = all.TryTake()!.Events;
        Assert.Equal([1, 2], shown.Select(traced => traced.TracingId));
        Assert.All(shown, traced => Assert.Equal(new LiveTraceBody("[1,", 5, true), traced.Body));
        Assert.Null(Assert.Single(one.TryTake()!.Events).Body);
    }

    [Fact]
    public void Errors_are_shown_without_secrets()
    {
        var sink = new ViewerSink(new LiveTraceFilter());
        _trace.Add(sink);
        _trace.Emit(About(), new LiveTraceEvent { Exception = "Refused: https://f/api?code=key-1, with AccessKey=abc;" });
        Assert.Equal("Refused: https://f/api?code=***, with AccessKey=***;", Assert.Single(sink.TryTake()!.Events).Exception);
    }

    [Fact]
    public void Ids_are_never_zero_differ_between_nodes_and_are_exact_in_JavaScript()
    {
        var other = new LiveTrace(new ThisNode(NodeId.Create()), new FakeTime(), new SecretMask([]));
        var (mine, theirs) = (_trace.IdOf(_trace.NextNumber()), other.IdOf(other.NextNumber()));
        Assert.NotEqual(mine, theirs);
        Assert.InRange(mine, 1, (1L << 53) - 1);
        Assert.Equal(0, _trace.IdOf(0));
    }

    // A sink enables the contexts of calls in the whole process.
    public void Dispose()
    {
        foreach (var sink in _trace.Sinks)
        {
            _trace.Remove(sink);
        }
    }

    private static LiveTraceSubject About(long id = 0) => new(LiveTraceCategory.Messaging, "h", "c", null, null, id, false);

    private static LiveTraceSubject With(string what, string name) => new(
        LiveTraceCategory.Messaging,
        what == "hub" ? name : null,
        what == "connection" ? name : null,
        what == "user" ? name : null,
        what == "group" ? name : null,
        what == "tracingId" ? long.Parse(name, System.Globalization.CultureInfo.InvariantCulture) : 0,
        false);

    private void Make(int count, int first)
    {
        for (var i = 0; i < count; i++)
        {
            var about = About(first + i + 1);
            if (_trace.Wants(about))
            {
                _trace.Emit(about, new LiveTraceEvent(about, LogLevel.Information, "E", ""));
            }
        }
    }
}
