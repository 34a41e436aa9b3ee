using System.Net.Http.Headers;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Delivery;
using Serverless.Gateway.Upstream.Requests;
using Serverless.Gateway.Upstream.Templates;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Upstream;

/// <summary>Covers the rules for outcomes, and the circuit breaker.</summary>
public sealed class DeliveryRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    // transient, endpoint works (null: unknown), accepted
    [Theory]
    [InlineData("Answered", 200, false, true, true)]
    [InlineData("Answered", 400, false, true, false)]
    [InlineData("Answered", 404, false, true, true)]
    [InlineData("Answered", 408, true, false, false)]
    [InlineData("Answered", 429, true, false, false)]
    [InlineData("Answered", 500, true, true, false)]
    [InlineData("Answered", 502, true, false, false)]
    [InlineData("Answered", 503, true, false, false)]
    [InlineData("Failed", 0, true, false, false)]
    [InlineData("TimedOut", 0, true, false, false)]
    [InlineData("NoSecret", 0, true, null, false)]
    [InlineData("NoIdentity", 0, true, null, false)]
    [InlineData("BadUrl", 0, false, null, false)]
    [InlineData("Cancelled", 0, false, null, true)]
    [InlineData("BodyFailed", 200, false, true, true)]
    [InlineData("TooLarge", 200, false, true, true)]
    public void Each_outcome_has_its_meaning(string result, int status, bool isTransient, bool? isWell, bool isTaken)
    {
        var outcome = new UpstreamOutcome(Enum.Parse<UpstreamResult>(result), status);
        Assert.Equal(isTransient, DeliveryRules.IsTransient(outcome));
        Assert.Equal(isWell, DeliveryRules.IsEndpointWell(outcome));
        Assert.Equal(isTaken, DeliveryRules.IsTaken("messages", "x", outcome));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public void A_refusal_is_an_answer_to_connected_alone(int status)
    {
        var outcome = new UpstreamOutcome(UpstreamResult.Answered, status);
        Assert.True(DeliveryRules.IsTaken("connections", "connected", outcome));
        Assert.False(DeliveryRules.IsTaken("connections", "disconnected", outcome));
        Assert.False(DeliveryRules.IsTaken("messages", "connected", outcome));
    }

    [Fact]
    public void Retry_after_may_be_seconds_or_a_moment()
    {
        var marked = new UpstreamEvent("c.1", 1, Now);
        using var response = new HttpResponseMessage();
        response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(7));
        marked.Read(response, Now);
        Assert.Equal(TimeSpan.FromSeconds(7), marked.RetryAfter);
        response.Headers.RetryAfter = new RetryConditionHeaderValue(Now.AddSeconds(9));
        marked.Read(response, Now);
        Assert.Equal(TimeSpan.FromSeconds(9), marked.RetryAfter);
        marked.Read(response, Now.AddMinutes(1)); // the time is past
        Assert.Equal(TimeSpan.Zero, marked.RetryAfter);
    }

    [Fact]
    public void Whoever_reports_the_end_of_a_connection_gives_it_the_same_id() =>
        Assert.Equal(
            UpstreamEvent.IdOf("c", "connections", "disconnected", 9),
            UpstreamEvent.IdOf("c", "connections", "disconnected", null));

    [Fact]
    public void A_breaker_opens_after_failures_in_a_row_and_then_lets_one_try_at_a_time()
    {
        var time = new FakeTime();
        var policy = Policy(breakAfter: 3);
        var breaker = new CircuitBreaker(time);
        foreach (var isWell in (bool[])[false, false, true, false, false])
        {
            Assert.True(breaker.TryEnter(policy, out _));
            Assert.Equal(BreakerChange.None, breaker.Report(policy, isWell));
        }

        Assert.True(breaker.TryEnter(policy, out _));
        Assert.Equal(BreakerChange.Opened, breaker.Report(policy, false));
        Assert.False(breaker.TryEnter(policy, out var wait));
        Assert.Equal(15, wait.TotalSeconds, 0.001);

        // One call is admitted. It fails, or its result is unknown.
        time.Advance(TimeSpan.FromSeconds(15.1));
        Assert.True(breaker.TryEnter(policy, out _));
        Assert.False(breaker.TryEnter(policy, out _));
        Assert.Equal(BreakerChange.None, breaker.Report(policy, false));
        Assert.False(breaker.TryEnter(policy, out wait));
        Assert.Equal(15, wait.TotalSeconds, 0.001);
        time.Advance(TimeSpan.FromSeconds(15.1));
        Assert.True(breaker.TryEnter(policy, out _));
        Assert.Equal(BreakerChange.None, breaker.Report(policy, null));

        // The next call succeeds.
        Assert.True(breaker.TryEnter(policy, out _));
        Assert.Equal(BreakerChange.Closed, breaker.Report(policy, true));
        Assert.True(breaker.TryEnter(policy, out _));
        Assert.True(breaker.TryEnter(policy, out _));
    }

    [Fact]
    public void A_breaker_that_is_not_wanted_never_opens()
    {
        var breaker = new CircuitBreaker(new FakeTime());
        var policy = Policy(breakAfter: 0);
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(breaker.TryEnter(policy, out _));
            Assert.Equal(BreakerChange.None, breaker.Report(policy, false));
        }
    }

    private static UpstreamPolicy Policy(int breakAfter) => UpstreamPolicy.From(new UpstreamTemplateOptions
    {
        Retry = new UpstreamRetryOptions { Attempts = 2, BreakAfter = breakAfter, BreakTime = TimeSpan.FromSeconds(15) },
    })!;
}
