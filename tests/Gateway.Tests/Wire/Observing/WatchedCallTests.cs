using System.Text;
using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>While a viewer watches, a client's call is correlated with the REST calls of its function, without a collector.</summary>
public sealed class WatchedCallTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task A_call_and_what_its_function_sends_meanwhile_have_one_trace_id(string protocol)
    {
        await using var watcher = await WatchAsync();
        await using var ann = await gateway.ConnectAsync(_hub, "ann", HubProtocol.Find(protocol));
        var (bob, id) = await ConnectSecondAsync("bob");
        await using var second = bob;
        gateway.UpstreamOf(_hub).Answer = FunctionAt(gateway.Address, $"/api/hubs/{_hub}/groups/tea/:send", before: $"/api/hubs/{_hub}/groups/tea/connections/{id}");
        await ann.SendAsync(TracesTests.Invocation(ann.Protocol, "say", traceParent: null));
        await ann.NextAsync();

        var completed = await watcher.UntilAsync("CompletionSent");
        var trace = completed.GetProperty("traceId").GetString()!;
        Assert.Equal(
            [
                "MessageReceived", "UpstreamRequest", "RestRequest", "GroupJoined", "RestAnswered", "RestRequest", "MessageAccepted", "FanOut",
                "MessageDelivered", "RestAnswered", "UpstreamAnswered", "CompletionSent",
            ],
            watcher.Trace(trace));
        Assert.Equal(id, (await watcher.UntilAsync("MessageDelivered")).GetProperty("connectionId").GetString());
        var told = await ToldAsync("say");
        Assert.Matches($"^00-{trace}-[0-9a-f]{{16}}-00$", told.Header("traceparent"));

        // The connected event is not part of the trace.
        Assert.NotEqual(trace, (await watcher.UntilAsync("UpstreamRequest", one => Text(one, "target") == "connected")).GetProperty("traceId").GetString());
        Assert.False((await watcher.UntilAsync("ConnectionConnected")).TryGetProperty("traceId", out _));
    }

    [Fact]
    public async Task A_message_for_nobody_has_the_trace_id_of_the_call_that_sent_it()
    {
        await using var watcher = await WatchAsync();
        await using var ann = await gateway.ConnectAsync(_hub);
        gateway.UpstreamOf(_hub).Answer = FunctionAt(gateway.Address, $"/api/hubs/{_hub}/groups/nobody/:send");
        await ann.InvokeAsync("say");
        var undelivered = await watcher.UntilAsync("MessageUndelivered");
        Assert.Equal(Text(await watcher.UntilAsync("MessageReceived"), "traceId"), Text(undelivered, "traceId"));
    }

    [Fact]
    public async Task A_client_s_own_trace_goes_on_and_puts_no_function_into_a_sample()
    {
        await using var watcher = await WatchAsync();
        var (trace, parent) = TracesTests.NewIds();
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync(TracesTests.Invocation(peer.Protocol, "say", $"00-{trace}-{parent}-01", "vendor=abc"));
        await peer.NextAsync();
        var told = await ToldAsync("say");
        Assert.Matches($"^00-{trace}-[0-9a-f]{{16}}-00$", told.Header("traceparent"));
        Assert.DoesNotContain(parent, told.Header("traceparent"), StringComparison.Ordinal);
        Assert.Equal("vendor=abc", told.Header("tracestate"));
        await watcher.UntilAsync("CompletionSent");
        Assert.Equal(["MessageReceived", "UpstreamRequest", "UpstreamAnswered", "CompletionSent"], watcher.Trace(trace));
    }

    [Fact]
    public async Task With_nobody_watching_the_upstream_is_told_of_no_trace_and_a_diagnostic_client_is_nobody()
    {
        var (trace, parent) = TracesTests.NewIds();
        var invocation = TracesTests.Invocation(HubProtocol.Json, "say", $"00-{trace}-{parent}-01");
        await using var peer = await gateway.ConnectAsync(_hub, query: "&asrsdiagnosticclient=1");

        // Another test's viewer may disconnect a moment later.
        await Waits.UntilAsync(async () => await TraceParentAsync() is null, "requests carry no traceparent");
        await using (await WatchAsync())
        {
            Assert.NotNull(await TraceParentAsync());
        }

        await Waits.UntilAsync(async () => await TraceParentAsync() is null, "requests carry no traceparent any more");

        async Task<string?> TraceParentAsync()
        {
            await peer.SendAsync(invocation);
            await peer.NextAsync();
            return (await ToldAsync("say")).Header("traceparent");
        }
    }

    /// <summary>A function that calls the REST API, in the trace of its request, before it answers a message.</summary>
    internal static Func<UpstreamRequest, Microsoft.AspNetCore.Http.HttpContext, Task> FunctionAt(Uri gateway, string send, string? before = null) => async (request, context) =>
    {
        if (request.Category != "messages")
        {
            return;
        }

        var rest = new RestCaller(gateway);
        (string, string)[] headers = request.Header("traceparent") is { } parent ? [("traceparent", parent)] : [];
        if (before is not null)
        {
            Assert.Equal(200, (await rest.SendAsync("PUT", before, content: null, headers: headers)).Status);
        }

        var message = RestCaller.Content(Encoding.UTF8.GetBytes("""{"Target":"said","Arguments":[]}"""), "application/json");
        Assert.Equal(202, (await rest.SendAsync("POST", send, message, headers: headers)).Status);
    };

    private async Task<(HubPeer Peer, string ConnectionId)> ConnectSecondAsync(string user)
    {
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        return await gateway.ConnectKnownAsync(_hub, user);
    }

    private async Task<UpstreamRequest> ToldAsync(string eventName)
    {
        while (true)
        {
            if (await gateway.UpstreamOf(_hub).NextAsync() is { } request && request.Event == eventName)
            {
                return request;
            }
        }
    }

    private Task<Watcher> WatchAsync() => Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{_hub}}"}""");

    private static string? Text(JsonElement traced, string name) => traced.GetProperty(name).GetString();
}
