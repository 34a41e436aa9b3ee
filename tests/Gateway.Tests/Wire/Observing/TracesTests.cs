using System.Buffers;
using System.Diagnostics;
using Serverless.Gateway.Tests.Observability;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;
using Serverless.Support.Processes;
using Serverless.Support.Telemetry;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>A gateway that traces only what its callers trace, and an OpenTelemetry collector.</summary>
public sealed class TracedGateway : ProcessFixture
{
    internal OtlpCollector Collector { get; private set; } = null!;

    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["UpstreamSettings__Templates__0__Retry__Attempts"] = "2";
        environment["UpstreamSettings__Templates__0__Retry__Delay"] = "00:00:00.001";
        environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        environment["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio";
        environment["OTEL_TRACES_SAMPLER_ARG"] = "0";
        environment["OTEL_METRICS_EXPORTER"] = "none";
        environment["OTEL_METRIC_EXPORT_INTERVAL"] = "100";
        environment["OTEL_BSP_SCHEDULE_DELAY"] = "100";
    }

    private protected override async Task<IRunningServer> StartAsync(IReadOnlyDictionary<string, string?> environment)
    {
        Collector = await OtlpCollector.StartAsync();
        return await base.StartAsync(new Dictionary<string, string?>(environment) { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Collector.Address });
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Collector.DisposeAsync();
    }

    /// <summary>Waits until a trace has the given number of spans, and returns them.</summary>
    internal async Task<IReadOnlyList<OtlpSpan>> SpansAsync(string traceId, int count)
    {
        OtlpSpan[] spans = [];
        await Waits.UntilAsync(
            () => (spans = [.. Collector.Spans.Where(span => span.TraceId == traceId)]).Length >= count, $"the trace has {count} spans");
        Assert.Equal(count, spans.Length);
        Assert.All(spans, span => Assert.Contains(TracesDocument.Rows, row => row.Fits(span.Kind, span.Name, span.Attributes.Keys)));
        return spans;
    }
}

/// <summary>The effect of a caller's trace context, and the content of spans.</summary>
public sealed class TracesTests(TracedGateway gateway) : IClassFixture<TracedGateway>
{
    private const string State = "vendor=abc,other=d";

    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task A_call_is_part_of_its_client_s_trace_and_the_function_s_request_too(string protocol)
    {
        var (trace, parent) = NewIds();
        await using var peer = await gateway.ConnectAsync(_hub, "alice", HubProtocol.Find(protocol));
        await peer.SendAsync(Invocation(peer.Protocol, "say", $"00-{trace}-{parent}-01", State));
        await peer.NextAsync();
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        var request = await gateway.UpstreamOf(_hub).NextAsync("say");
        Assert.Equal(State, request.Header("tracestate"));

        var spans = await gateway.SpansAsync(trace, 2);
        var call = spans.Single(span => span.Kind == 2);
        var asked = spans.Single(span => span.Kind == 3);
        Assert.Equal(($"{_hub}/say", parent, State, false), (call.Name, call.ParentId, call.TraceState, call.IsError));
        Assert.Equal(("POST", call.Id, State, false), (asked.Name, asked.ParentId, asked.TraceState, asked.IsError));
        Assert.Equal($"00-{trace}-{asked.Id}-01", request.Header("traceparent"));
        Assert.Equal(("serverless-gateway", "Serverless.Gateway"), (call.Service, call.Source));
        Assert.Equal((await NodeAsync(), call.Instance), (call.Instance, asked.Instance));
        Assert.Equal($"rpc.method=say rpc.service={_hub} rpc.system=signalr", TextOf(call));
        Assert.Equal(
            "http.request.method=POST http.response.status_code=200 server.address=127.0.0.1 "
            + $"server.port={new Uri(gateway.Upstream.Address).Port} serverless.upstream.template=0",
            TextOf(asked));
    }

    [Fact]
    public async Task A_call_that_its_client_leaves_out_of_the_sample_is_in_none_and_the_function_knows_it()
    {
        var (trace, parent) = NewIds();
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync(Invocation(peer.Protocol, "say", $"00-{trace}-{parent}-00"));
        await peer.NextAsync();
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        var told = (await gateway.UpstreamOf(_hub).NextAsync("say")).Header("traceparent")!;
        Assert.StartsWith($"00-{trace}-", told, StringComparison.Ordinal);
        Assert.EndsWith("-00", told, StringComparison.Ordinal);
        await FlushAsync();
        Assert.DoesNotContain(gateway.Collector.Spans, span => span.TraceId == trace);
    }

    [Theory]
    [InlineData("01")]
    [InlineData("00")]
    public async Task A_viewer_changes_nothing_about_who_is_in_the_sample_and_is_shown_the_trace(string flags)
    {
        var (trace, parent) = NewIds();
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{_hub}}"}""");
        await using var peer = await gateway.ConnectAsync(_hub);
        gateway.UpstreamOf(_hub).Answer = WatchedCallTests.FunctionAt(gateway.Address, $"/api/hubs/{_hub}/:send");
        await peer.SendAsync(Invocation(peer.Protocol, "say", $"00-{trace}-{parent}-{flags}"));
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        Assert.EndsWith($"-{flags}", (await gateway.UpstreamOf(_hub).NextAsync("say")).Header("traceparent"), StringComparison.Ordinal);
        await watcher.UntilAsync("CompletionSent");
        Assert.Equal(
            [
                "MessageReceived", "UpstreamRequest", "RestRequest", "MessageAccepted", "FanOut", "MessageDelivered", "RestAnswered", "UpstreamAnswered",
                "CompletionSent",
            ],
            watcher.Trace(trace));
        if (flags == "01")
        {
            await gateway.SpansAsync(trace, 5);
            return;
        }

        await FlushAsync();
        Assert.DoesNotContain(gateway.Collector.Spans, span => span.TraceId == trace);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("00-00000000000000000000000000000000-0000000000000000-01", null)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nX-Evil: 1", null)]
    [InlineData("anything", "a=b")]
    public async Task A_context_that_is_none_begins_no_trace_but_the_sampler_s(string? traceParent, string? state)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync(Invocation(peer.Protocol, "say", traceParent, state));
        await peer.NextAsync();
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        var request = await gateway.UpstreamOf(_hub).NextAsync("say");
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-00$", request.Header("traceparent"));
        Assert.Null(request.Header("tracestate"));
        Assert.Null(request.Header("X-Evil"));
        await FlushAsync();
        Assert.DoesNotContain(gateway.Collector.Spans, span => request.Header("traceparent")!.Contains(span.TraceId, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a=b\r\nX-Evil: 1")]
    [InlineData("a=ä")]
    public async Task A_state_that_no_header_may_have_is_left_out(string state)
    {
        var (trace, parent) = NewIds();
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync(Invocation(peer.Protocol, "say", $"00-{trace}-{parent}-01", state));
        await peer.NextAsync();
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        var request = await gateway.UpstreamOf(_hub).NextAsync("say");
        Assert.StartsWith($"00-{trace}-", request.Header("traceparent"), StringComparison.Ordinal);
        Assert.Null(request.Header("tracestate"));
        Assert.Null(request.Header("X-Evil"));
    }

    [Fact]
    public async Task A_failed_call_says_so_and_each_attempt_has_a_span()
    {
        var (trace, parent) = NewIds();
        await using var peer = await gateway.ConnectAsync(_hub);
        gateway.UpstreamOf(_hub).AnswerMessages(503, []);
        await peer.SendAsync(Invocation(peer.Protocol, "say", $"00-{trace}-{parent}-01"));
        Assert.Contains("503", await peer.NextAsync(), StringComparison.Ordinal);
        var spans = await gateway.SpansAsync(trace, 3);
        Assert.All(spans, span => Assert.Equal(("503", true), (span.Attributes["error.type"], span.IsError)));
        Assert.Equal(["", "1"], spans.Where(span => span.Kind == 3).Select(span => span.Attributes.GetValueOrDefault("http.request.resend_count", "")).Order());
    }

    [Fact]
    public async Task A_rest_call_is_part_of_its_caller_s_trace_down_to_the_delivery()
    {
        var (trace, parent) = NewIds();
        await using var peer = await gateway.ConnectAsync(_hub, "alice");
        await SendAsync($"/api/hubs/{_hub}/users/alice/:send", trace, parent);
        Assert.Contains("secret-text", await peer.NextAsync(), StringComparison.Ordinal);
        var spans = await gateway.SpansAsync(trace, 3);
        var rest = spans.Single(span => span.Kind == 2);
        var send = spans.Single(span => span.Kind == 4);
        var delivery = spans.Single(span => span.Kind == 5);
        Assert.Equal(("POST /api/hubs/{hub}/users/{user}/:send", parent), (rest.Name, rest.ParentId));
        Assert.Equal(($"send {_hub}", rest.Id), (send.Name, send.ParentId));
        Assert.Equal(($"deliver {_hub}", send.Id), (delivery.Name, delivery.ParentId));
        Assert.Equal(
            "http.request.method=POST http.response.status_code=202 http.route=/api/hubs/{hub}/users/{user}/:send url.scheme=http", TextOf(rest));
        Assert.Equal(
            $"messaging.destination.name={_hub} messaging.operation.name=deliver messaging.operation.type=process messaging.system=signalr "
            + "serverless.receivers=1 serverless.target=user",
            TextOf(delivery));
    }

    [Fact]
    public async Task Nothing_that_clients_and_apps_write_is_in_a_span()
    {
        var (trace, parent) = NewIds();
        await using var peer = await gateway.ConnectAsync(_hub, "secret-user");
        await peer.SendAsync(Invocation(peer.Protocol, "a secret-target", $"00-{trace}-{parent}-01", arguments: "[\"secret-text\"]"));
        await peer.NextAsync();
        await SendAsync($"/api/hubs/{_hub}/users/secret-user/:send", trace, parent);
        await SendAsync($"/api/hubs/{_hub}/groups/secret-group/:send?excluded=secret-id", trace, parent);
        var spans = await gateway.SpansAsync(trace, 2 + 3 + 3);
        Assert.Contains(spans, span => span.Name == $"{_hub}/_OTHER");
        Assert.DoesNotContain(spans, span => $"{span.Name} {TextOf(span)}".Contains("secret", StringComparison.Ordinal));
        Assert.Empty(gateway.Collector.Metrics); // OTEL_METRICS_EXPORTER is none
    }

    [Fact]
    public async Task What_comes_by_post_has_no_part_in_the_request_that_brought_it()
    {
        var (trace, parent) = NewIds();
        using var polling = await HttpClientPeer.PollingAsync(gateway, _hub);
        using (await polling.PostAsync(Invocation(HubProtocol.Json, "say", $"00-{trace}-{parent}-01") + "\x1e"))
        {
            var call = (await gateway.SpansAsync(trace, 2)).Single(span => span.Kind == 2);
            Assert.Equal(parent, call.ParentId);
        }
    }

    internal static (string TraceId, string SpanId) NewIds() =>
        (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());

    internal static string Invocation(HubProtocol protocol, string target, string? traceParent, string? state = null, string arguments = "[]")
    {
        var headers = new Dictionary<string, string?> { ["other"] = "x", ["traceparent"] = traceParent, ["tracestate"] = state }
            .Where(header => header.Value is not null).ToDictionary(header => header.Key, header => header.Value!);
        if (!protocol.IsBinary)
        {
            return $$"""{"type":1,"headers":{{System.Text.Json.JsonSerializer.Serialize(headers)}},"invocationId":"1","target":"{{target}}","arguments":{{arguments}}}""";
        }

        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(5);
        writer.WriteInt64(1);
        writer.WriteMapHeader(headers.Count);
        foreach (var (name, value) in headers)
        {
            writer.WriteString(name);
            writer.WriteString(value);
        }

        writer.WriteString("1");
        writer.WriteString(target);
        writer.WriteArrayHeader(0);
        return Convert.ToHexString(output.WrittenSpan);
    }

    private static string TextOf(OtlpSpan span) =>
        string.Join(' ', span.Attributes.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    private async Task SendAsync(string path, string trace, string parent)
    {
        var content = RestCaller.Content("""{"Target":"m","Arguments":["secret-text"]}"""u8.ToArray(), "application/json");
        var answer = await gateway.Rest().SendAsync(
            "POST", path, content, headers: [("traceparent", $"00-{trace}-{parent}-01")]);
        Assert.Equal(202, answer.Status);
    }

    // When a later trace has arrived, so have the earlier ones.
    private async Task FlushAsync()
    {
        var (trace, parent) = NewIds();
        await SendAsync("/api/hubs/nobody/:send", trace, parent);
        await gateway.SpansAsync(trace, 3);
    }

    private async Task<string> NodeAsync() =>
        System.Text.Json.JsonDocument.Parse((await gateway.Rest().SendAsync("GET", "/api/health")).Body).RootElement.GetProperty("node").GetString()!;
}

/// <summary>A gateway without a collector.</summary>
[Collection(SharedGateway.Name)]
public sealed class UntracedTests(GatewayFixture gateway)
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task Without_a_collector_functions_are_told_of_no_trace()
    {
        var (trace, parent) = TracesTests.NewIds();
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync(TracesTests.Invocation(peer.Protocol, "say", $"00-{trace}-{parent}-01"));
        await peer.NextAsync();
        using var polling = await HttpClientPeer.PollingAsync(gateway, _hub);
        (await polling.PostAsync(TracesTests.Invocation(HubProtocol.Json, "say", $"00-{trace}-{parent}-01") + "\x1e")).Dispose();
        for (var requests = 0; requests < 4; requests++)
        {
            var request = await gateway.UpstreamOf(_hub).NextAsync();
            Assert.Null(request.Header("traceparent"));
        }
    }
}
