using System.Text;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Tests.Upstream;

/// <summary>Covers the retries of events, and their end.</summary>
public sealed class UpstreamDeliveryTests
{
    private static readonly (string Key, string Value) Attempts = ("Retry:Attempts", "5");

    [Fact]
    public async Task A_template_without_a_policy_has_one_attempt_and_no_event_id()
    {
        await using var bench = await DeliveryBench.StartAsync();
        bench.FailFirst(1, 503, "1");
        Assert.Equal((UpstreamResult.Answered, 503), await bench.SendAsync("c1", "x"));
        var request = await bench.Upstream.NextAsync("x");
        Assert.DoesNotContain(request.Headers.Keys, name => name.StartsWith("X-Gateway-Event", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(0, bench.Upstream.Waiting);
        Assert.Empty(await bench.Letters.ListAsync(null, null, null, 10, default));
    }

    [Fact]
    public async Task The_wait_doubles_up_to_the_longest_less_up_to_a_half()
    {
        await using var bench = await DeliveryBench.StartAsync(Attempts, ("Retry:Delay", "0:0:8"), ("Retry:MaxDelay", "0:0:20"), ("Retry:TimeLimit", "1:0:0"));
        bench.FailFirst(4, 503);
        var delivery = bench.SendAsync("c1", "x");
        foreach (var most in (int[])[8, 16, 20, 20])
        {
            var wait = await bench.WaitingAsync(TimeSpan.FromSeconds(20));
            Assert.InRange(wait, TimeSpan.FromSeconds(most / 2), TimeSpan.FromSeconds(most));
            bench.Time.Advance(wait);
        }

        Assert.Equal((UpstreamResult.Answered, 200), await delivery.WaitAsync(Waits.Limit));
        Assert.Equal(5, bench.Upstream.Waiting);
    }

    [Fact]
    public async Task Retry_after_is_waited_for_where_it_is_longer_than_the_backoff()
    {
        await using var bench = await DeliveryBench.StartAsync(Attempts);
        bench.FailFirst(1, 429, retryAfter: "20");
        var delivery = bench.SendAsync("c1", "x");
        Assert.Equal(TimeSpan.FromSeconds(20), await bench.WaitingAsync(TimeSpan.FromSeconds(20)));
        bench.Time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.False(delivery.IsCompleted);
        Assert.Equal(1, bench.Upstream.Waiting);
        bench.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal((UpstreamResult.Answered, 200), await delivery.WaitAsync(Waits.Limit));
        Assert.Equal(2, bench.Upstream.Waiting);
    }

    [Fact]
    public async Task No_attempt_begins_after_the_time_limit()
    {
        await using var bench = await DeliveryBench.StartAsync(Attempts, ("Retry:TimeLimit", "0:0:10"));
        bench.FailFirst(9, 503, retryAfter: "4");
        var delivery = bench.SendAsync("c1", "x");
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(TimeSpan.FromSeconds(4), await bench.WaitingAsync(TimeSpan.FromSeconds(4)));
            bench.Time.Advance(TimeSpan.FromSeconds(4));
        }

        // 2 s are left, but the wait takes 4 s.
        Assert.Equal((UpstreamResult.Answered, 503), await delivery.WaitAsync(Waits.Limit));
        Assert.Equal(3, bench.Upstream.Waiting);
    }

    [Fact]
    public async Task The_time_limit_ends_an_attempt_that_is_not_answered()
    {
        await using var bench = await DeliveryBench.StartAsync(Attempts, ("Retry:TimeLimit", "0:0:10"));
        bench.Upstream.Answer = (_, _) => bench.Upstream.Gate;
        var delivery = bench.SendAsync("c1", "x");
        await bench.Upstream.NextAsync("x");
        bench.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal((UpstreamResult.TimedOut, 0), await delivery.WaitAsync(Waits.Limit));
        Assert.Equal(0, bench.Upstream.Waiting);
    }

    [Fact]
    public async Task A_message_of_which_an_attempt_was_sent_counts_though_the_last_one_was_not()
    {
        await using var bench = await DeliveryBench.StartAsync(
            Attempts, ("Retry:Delay", "0:0:1"), ("Retry:BreakAfter", "1"), ("Retry:BreakTime", "0:0:30"), ("Retry:TimeLimit", "0:0:10"));
        bench.FailFirst(9, 503);
        var delivery = bench.SendAsync("c1", "x");
        bench.Time.Advance(await bench.WaitingAsync(TimeSpan.FromSeconds(1)));
        Assert.Equal((UpstreamResult.CircuitOpen, 0), await delivery.WaitAsync(Waits.Limit));
        Assert.True(bench.WasSent);
        Assert.Equal(1, bench.Upstream.Waiting);

        Assert.Equal((UpstreamResult.CircuitOpen, 0), await bench.SendAsync("c2", "x").WaitAsync(Waits.Limit));
        Assert.False(bench.WasSent);
    }

    [Fact]
    public async Task An_endpoint_that_keeps_failing_is_left_alone_until_one_try_goes_well()
    {
        await using var bench = await DeliveryBench.StartAsync(
            Attempts, ("Retry:MaxDelay", "0:0:1"), ("Retry:BreakAfter", "2"), ("Retry:BreakTime", "0:0:15"), ("Retry:TimeLimit", "1:0:0"));
        bench.FailFirst(2, 503);
        var first = bench.SendAsync("c1", "x");
        bench.Time.Advance(await bench.WaitingAsync(TimeSpan.FromSeconds(1)));
        await bench.WaitingAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, bench.Upstream.Waiting);

        // The breaker is open: an event of another connection waits too.
        var second = bench.SendAsync("c2", "y");
        bench.Time.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal(2, bench.Upstream.Waiting);
        Assert.False(first.IsCompleted || second.IsCompleted);
        await Waits.UntilAsync(
            () =>
            {
                bench.Time.Advance(TimeSpan.FromMilliseconds(200));
                return first.IsCompleted && second.IsCompleted;
            },
            "both are delivered");
        Assert.Equal(((UpstreamResult.Answered, 200), (UpstreamResult.Answered, 200)), (await first, await second));
        Assert.Equal(4, bench.Upstream.Waiting);
    }

    [Fact]
    public async Task A_node_that_stops_waits_for_no_attempt_beyond_its_time_and_keeps_the_event()
    {
        await using var bench = await DeliveryBench.StartAsync(Attempts, ("DeadLetter", "true"), ("Retry:TimeLimit", "1:0:0"));
        bench.FailFirst(9, 503, retryAfter: "60");
        var delivery = bench.SendAsync("c1", "x", sequence: 7);
        await bench.WaitingAsync(TimeSpan.FromSeconds(60));
        bench.Stop();
        bench.Time.Advance(TimeSpan.FromSeconds(24)); // of 30
        Assert.Equal((UpstreamResult.Answered, 503), await delivery.WaitAsync(Waits.Limit));
        var letter = Assert.Single(await bench.Letters.ListAsync(null, null, null, 10, default));
        Assert.Equal(("c1.7", 7, 1, 503, "status code 503"), (letter.EventId, letter.Sequence, letter.Attempts, letter.Status, letter.Reason));
    }

    [Fact]
    public async Task An_event_that_fails_for_good_is_kept_whole_and_one_that_nobody_wants_is_not()
    {
        await using var bench = await DeliveryBench.StartAsync(("DeadLetter", "true"));
        bench.FailFirst(1, 404);
        await bench.SendAsync("c1", "unwanted", sequence: 2);
        bench.FailFirst(1, 400);
        await bench.SendAsync("c1", "x", sequence: 3);
        var letter = Assert.Single(await bench.Letters.ListAsync(null, null, null, 10, default));
        Assert.Equal(("c1.3", "chat", "messages", "x", 1), (letter.EventId, letter.Hub.Value, letter.Category, letter.EventName, letter.Attempts));
        var whole = await bench.Letters.FindAsync(letter.Id, default);
        Assert.Equal(("{}", "application/json"), (Encoding.UTF8.GetString(whole!.Body.Span), whole.ContentType));
    }

    [Fact]
    public async Task The_time_limit_does_not_include_an_events_wait_for_a_connection()
    {
        await using var bench = await DeliveryBench.StartAsync(Attempts, ("Retry:TimeLimit", "0:0:30"), ("Gateway:Upstream:MaxConnections", "1"));
        var disconnects = 0;
        bench.Upstream.Answer = (request, context) =>
        {
            context.Response.StatusCode = request.Event == "disconnected" && Interlocked.Increment(ref disconnects) == 1 ? 503 : 200;
            return request.Event == "disconnected" ? Task.CompletedTask : bench.Upstream.Gate;
        };
        var held = bench.SendAsync("c1", "x");
        await bench.Upstream.NextAsync("x");
        var waiting = bench.SendAsync("c2", "disconnected", category: "connections");
        bench.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal((UpstreamResult.TimedOut, 0), await held.WaitAsync(Waits.Limit));
        bench.Time.Advance(await bench.WaitingAsync(TimeSpan.FromSeconds(1)));
        Assert.Equal((UpstreamResult.Answered, 200), await waiting.WaitAsync(Waits.Limit));
    }

    [Fact]
    public async Task An_event_that_waits_for_a_connection_as_the_node_stops_becomes_a_dead_letter()
    {
        await using var bench = await DeliveryBench.StartAsync(("DeadLetter", "true"), ("Gateway:Upstream:MaxConnections", "1"));
        bench.Upstream.Answer = (_, _) => bench.Upstream.Gate;
        var held = bench.SendAsync("c1", "x");
        await bench.Upstream.NextAsync("x");
        var waiting = bench.SendAsync("c2", "disconnected", category: "connections");
        bench.Stop();
        bench.Time.Advance(TimeSpan.FromSeconds(24));
        Assert.Equal((UpstreamResult.NoConnection, 0), await waiting.WaitAsync(Waits.Limit));
        Assert.False(bench.WasSent);
        Assert.Equal("not sent: the node is stopping", Assert.Single(await bench.Letters.ListAsync(null, null, null, 10, default)).Reason);
        bench.Upstream.LetGo();
        Assert.Equal((UpstreamResult.Answered, 200), await held.WaitAsync(Waits.Limit));
    }
}
