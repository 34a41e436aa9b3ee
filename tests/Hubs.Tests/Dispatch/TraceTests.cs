using System.Diagnostics;
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
}
