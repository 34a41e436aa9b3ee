using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.SignalR;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>
/// The trace of a hub's requests, where the host has created no activity from the gateway's <c>traceparent</c>.
/// </summary>
public class TraceTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    [Theory]
    [InlineData("00")]
    [InlineData("01")]
    public async Task What_a_hub_sends_is_part_of_the_trace_that_its_call_came_with(string flags)
    {
        var sent = await SentAsync($"00-{Trace}-b7ad6b7169203331-{flags}", "vendor=abc");
        Assert.Matches($"^00-{Trace}-[0-9a-f]{{16}}-{flags}$", sent.Headers.TraceParent.ToString());
        Assert.Equal("vendor=abc", sent.Headers.TraceState.ToString());
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task What_a_stream_and_an_event_send_is_part_of_it_too()
    {
        foreach (var (category, name, body) in new[]
        {
            ("messages", "Follow", """{"type":4,"invocationId":"7","target":"Follow","arguments":[]}"""),
            ("connections", "connected", """{"type":10}"""),
            ("connections", "disconnected", """{"type":11}"""),
        })
        {
            await using var gateway = await GatewayRecorder.StartAsync();
            await using var host = new HubHost(hubs => hubs.AddHub<SendingHub>(), gateway.Address);
            var response = await host.SendAsync("sendinghub", category, name, Encoding.UTF8.GetBytes(body), change: headers =>
                headers["traceparent"] = $"00-{Trace}-b7ad6b7169203331-01");
            await response.CopyToAsync(Stream.Null);

            Assert.Contains(Trace, Assert.Single(gateway.Take()).Headers.TraceParent.ToString(), StringComparison.Ordinal);
            Assert.Null(Activity.Current);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_listener_gets_a_span_of_the_hub_s_code_in_the_request_s_trace(bool hasFrameworkListener)
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Serverless.Hubs" || (hasFrameworkListener && source.Name == "Microsoft.AspNetCore.SignalR.Server"),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var trace = ActivityTraceId.CreateRandom().ToHexString();

        var sent = await SentAsync($"00-{trace}-b7ad6b7169203331-01", null);

        // Other tests run at the same time.
        var span = Assert.Single(spans, span => span.Source.Name == "Serverless.Hubs" && span.TraceId.ToHexString() == trace);
        Assert.Equal(("typedhub/Tell", "b7ad6b7169203331"), (span.DisplayName, span.ParentSpanId.ToHexString()));
        Assert.Equal(["rpc.method=Tell", "rpc.service=typedhub", "rpc.system=signalr"], span.Tags.Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));
        Assert.StartsWith($"00-{trace}-", sent.Headers.TraceParent.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("anything")]
    public async Task A_call_without_a_trace_begins_none(string? traceParent) =>
        Assert.Equal(0, (await SentAsync(traceParent, null)).Headers.TraceParent.Count);

    [Fact]
    public async Task A_host_that_has_an_activity_has_said_which_trace_it_is()
    {
        using var around = new Activity("host").Start();
        var sent = await SentAsync($"00-{Trace}-b7ad6b7169203331-00", null);
        Assert.Contains(around.TraceId.ToHexString(), sent.Headers.TraceParent.ToString(), StringComparison.Ordinal);
    }

    private static async Task<RecordedRequest> SentAsync(string? traceParent, string? traceState)
    {
        await using var gateway = await GatewayRecorder.StartAsync();
        await using var host = new HubHost(hubs => hubs.AddHub<TypedHub>(), gateway.Address);
        var response = await host.InvokeAsync("typedhub", "Tell", """{"type":1,"invocationId":"7","target":"Tell","arguments":["x"]}""", headers =>
        {
            headers["traceparent"] = traceParent;
            headers["tracestate"] = traceState;
        });
        Assert.Equal(200, response.Status);
        return gateway.Take()[^1];
    }

    private sealed class SendingHub : Hub
    {
        public override Task OnConnectedAsync() => Clients.All.SendAsync("t");

        public override Task OnDisconnectedAsync(Exception? exception) => Clients.All.SendAsync("t");

        public async IAsyncEnumerable<int> Follow()
        {
            yield return 1;
            await Task.Yield();
            await Clients.All.SendAsync("t");
            yield return 2;
        }
    }
}
