using System.Globalization;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Upstream;

/// <summary>A gateway whose template allows three attempts.</summary>
public sealed class RetryingGateway : GatewayFixture
{
    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["UpstreamSettings__Templates__0__Retry__Attempts"] = "3";
        environment["UpstreamSettings__Templates__0__Retry__Delay"] = "00:00:00.02";
        environment["UpstreamSettings__Templates__0__DeadLetter"] = "true";
    }
}

/// <summary>Events of a template with retries, as its functions receive them.</summary>
public sealed class RetryTests(RetryingGateway gateway) : IClassFixture<RetryingGateway>
{
    private readonly string _hub = GatewayFixture.NewHub();

    private UpstreamHub Upstream => gateway.UpstreamOf(_hub);

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task An_event_that_fails_for_now_is_sent_again_as_the_same_event(int status)
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        await using var closing = peer;
        FailFirst(1, status);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("x"));
        var first = await Upstream.NextAsync("x");
        var second = await Upstream.NextAsync("x");
        Assert.Equal($"{id}.2", first.Header("X-Gateway-Event-Id"));
        Assert.Equal("2", first.Header("X-Gateway-Event-Sequence"));
        Assert.Equal(("1", "2"), (first.Header("X-Gateway-Event-Attempt"), second.Header("X-Gateway-Event-Attempt")));
        Assert.Equal(
            (first.Header("X-Gateway-Event-Id"), first.Header("X-Gateway-Event-Time"), first.Text),
            (second.Header("X-Gateway-Event-Id"), second.Header("X-Gateway-Event-Time"), second.Text));
        var time = DateTimeOffset.Parse(first.Header("X-Gateway-Event-Time")!, CultureInfo.InvariantCulture);
        Assert.InRange(DateTimeOffset.UtcNow - time, TimeSpan.FromSeconds(-1), Waits.Limit);
    }

    [Fact]
    public async Task An_event_that_keeps_failing_ends_in_the_usual_error()
    {
        var (peer, _) = await gateway.ConnectKnownAsync(_hub);
        await using var closing = peer;
        FailFirst(3, 503);
        Assert.Equal("""{"type":3,"invocationId":"1","error":"Invocation failed, status code 503"}""", await peer.InvokeAsync("x"));
        Assert.Equal("""{"type":3,"invocationId":"2"}""", await peer.InvokeAsync("y", id: "2"));
        Assert.Equal(["x", "x", "x", "y"], await EventsAsync(4));
    }

    [Fact]
    public async Task An_answer_that_another_attempt_would_not_change_is_final()
    {
        var (peer, _) = await gateway.ConnectKnownAsync(_hub);
        await using var closing = peer;
        FailFirst(1, 400);
        Assert.Contains("status code 400", await peer.InvokeAsync("x"), StringComparison.Ordinal);
        Assert.Equal("""{"type":3,"invocationId":"2"}""", await peer.InvokeAsync("y", id: "2"));
        Assert.Equal(["x", "y"], await EventsAsync(2));
    }

    [Fact]
    public async Task A_retried_event_holds_its_connections_later_ones_and_no_others()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        var (other, otherId) = await gateway.ConnectKnownAsync(_hub);
        await using var closing = peer;
        await using var closingOther = other;
        var calls = 0;
        Upstream.Answer = async (request, context) =>
        {
            // The first attempt fails once the other connection has been served.
            if (request.ConnectionId == id && Interlocked.Increment(ref calls) == 1)
            {
                await Upstream.Gate;
                context.Response.StatusCode = 503;
            }
        };
        await peer.SendAsync("""{"type":1,"target":"a","arguments":[]}""");
        await peer.SendAsync("""{"type":1,"invocationId":"1","target":"b","arguments":[]}""");
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await other.InvokeAsync("free"));
        Upstream.LetGo();
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.NextAsync());
        var requests = new List<UpstreamRequest>();
        for (var i = 0; i < 4; i++)
        {
            requests.Add(await Upstream.NextAsync());
        }

        Assert.Equal(["a", "a", "b"], requests.Where(request => request.ConnectionId == id).Select(request => request.Event));
        Assert.Equal(["free"], requests.Where(request => request.ConnectionId == otherId).Select(request => request.Event));
    }

    [Fact]
    public async Task A_function_that_fails_twice_and_then_answers_keeps_its_connections_order()
    {
        var (peer, _) = await gateway.ConnectKnownAsync(_hub);
        await using var closing = peer;
        FailFirst(2, 503);
        await peer.SendAsync("""{"type":1,"target":"a","arguments":[1]}""");
        await peer.SendAsync("""{"type":1,"target":"b","arguments":[2]}""");
        await peer.SendAsync("""{"type":1,"invocationId":"1","target":"c","arguments":[3]}""");
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.NextAsync());
        Assert.Equal(["a", "a", "a", "b", "c"], await EventsAsync(5));
    }

    [Fact]
    public async Task A_stream_that_is_refused_for_now_is_asked_for_again()
    {
        var (peer, _) = await gateway.ConnectKnownAsync(_hub);
        await using var closing = peer;
        var calls = 0;
        Upstream.Answer = async (request, context) =>
        {
            if (request.Event == "count" && Interlocked.Increment(ref calls) == 1)
            {
                context.Response.StatusCode = 503;
            }
            else if (request.Event == "count")
            {
                await context.Response.Body.WriteAsync("1\n2\n"u8.ToArray());
            }
        };
        await peer.SendAsync("""{"type":4,"invocationId":"s","target":"count","arguments":[]}""");
        Assert.Equal("""{"type":2,"invocationId":"s","item":1}""", await peer.NextAsync());
        Assert.Equal("""{"type":2,"invocationId":"s","item":2}""", await peer.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"s"}""", await peer.NextAsync());
        Assert.Equal(["count", "count"], await EventsAsync(2));
    }

    private void FailFirst(int failures, int status)
    {
        var calls = 0;
        Upstream.Answer = (request, context) =>
        {
            if (request.Category == "messages" && Interlocked.Increment(ref calls) <= failures)
            {
                context.Response.StatusCode = status;
            }

            return Task.CompletedTask;
        };
    }

    private async Task<List<string?>> EventsAsync(int count)
    {
        var events = new List<string?>();
        for (var i = 0; i < count; i++)
        {
            events.Add((await Upstream.NextAsync()).Event);
        }

        Assert.Equal(0, Upstream.Waiting);
        return events;
    }
}
