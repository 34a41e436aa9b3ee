using System.Diagnostics;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serverless.EndToEnd.DotNetClient;
using Serverless.EndToEnd.Systems;
using Serverless.Hubs;
using Serverless.Support.Processes;
using Serverless.Support.Redis;
using Serverless.Support.Telemetry;

namespace Serverless.EndToEnd.Traces;

/// <summary>
/// A call of the official client on one gateway, which a hub forwards to all clients, also on another gateway, is a single trace.
/// Clients, gateways and the function app send their spans to one collector.
/// </summary>
public sealed class TraceTests : IAsyncLifetime
{
    private const string Key = "key-of-the-tests-of-traces-0123456789012345";
    private const string ClientSource = "Microsoft.AspNetCore.SignalR.Client";
    private const string AppSource = "Microsoft.AspNetCore";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly int[] _ports = [FreePort.Find(), FreePort.Find()];
    private readonly List<GatewayProcess> _nodes = [];
    private readonly List<HubConnection> _clients = [];
    private OtlpCollector? _collector;
    private RedisServer? _redis;
    private UpstreamApp? _app;

    public async Task InitializeAsync()
    {
        _collector = await OtlpCollector.StartAsync();
        _redis = await RedisServer.StartAsync();
        _app = await UpstreamApp.StartAsync(ConnectionString(0), services => services.AddOpenTelemetry()
            .ConfigureResource(static resource => resource.AddService("functions"))
            .WithTracing(tracing => tracing.AddSource(AppSource, "Serverless.Hubs").AddOtlpExporter(Export)));
        _nodes.AddRange(_ports.Select(port => new GatewayProcess(port, new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["Gateway__AccessKeys__0"] = Key,
            ["Gateway__Redis"] = _redis.Address,
            ["UpstreamSettings__Templates__0__UrlTemplate"] = $"{_app.Address}hubs/{{hub}}/upstream/{{category}}/{{event}}",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _collector.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        })));
        await Task.WhenAll(_nodes.Select(node => node.StartAsync()));
    }

    public async Task DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        foreach (var part in (IAsyncDisposable?[])[_app, _redis, _collector])
        {
            await (part?.DisposeAsync() ?? default);
        }
    }

    [Fact]
    public async Task One_trace_leads_from_a_client_s_call_over_the_function_to_the_delivery_at_every_node()
    {
        using var clientTraces = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(static resource => resource.AddService("client")).AddSource(ClientSource).AddOtlpExporter(Export).Build();
        var caller = await ConnectAsync(0);
        var other = await ConnectAsync(1);
        var heard = new TaskCompletionSource<string>();
        other.On<string>("said", heard.SetResult);

        // Redis may take a moment until it knows the subscription of the other client's node.
        await caller.InvokeAsync("Tell", "all", "", "secret-text").WaitAsync(Limit);
        Assert.Equal("secret-text", await heard.Task.WaitAsync(Limit));

        var call = (await SpansAsync("the call's", span => span.Source == ClientSource && span.Name.EndsWith("/Tell", StringComparison.Ordinal), 1)).Single();
        var trace = await SpansAsync("the trace's", span => span.TraceId == call.TraceId, 9);

        // Hop by hop: the parent of each span is the previous one.
        var invocation = Child(call, "serverless-gateway", "work/Tell", 2);
        var request = Child(invocation, "serverless-gateway", "POST", 3);
        var received = trace.Single(span => span.ParentId == request.Id);
        Assert.Equal(("functions", AppSource, 2), (received.Service, received.Source, received.Kind));
        var method = Child(received, "functions", "work/Tell", 1);
        var rest = Child(method, "serverless-gateway", "POST /api/hubs/{hub}/:send", 2);
        var send = Child(rest, "serverless-gateway", "send work", 4);
        var deliveries = trace.Where(span => span.ParentId == send.Id).ToList();
        Assert.All(deliveries, span => Assert.Equal(("serverless-gateway", "deliver work", 5, "1"), (span.Service, span.Name, span.Kind, span.Attributes["serverless.receivers"])));
        Assert.Equal(2, deliveries.Select(span => span.Instance).Distinct().Count());
        Assert.Contains(deliveries, span => span.Instance == send.Instance);
        Assert.All((OtlpSpan[])[invocation, request, rest, send], span => Assert.Equal(send.Instance, span.Instance));
        Assert.Equal(9, trace.Count);

        // The connection's start is a trace of its own, which the call links to.
        var (linkedTrace, linkedSpan) = Assert.Single(invocation.Links);
        Assert.NotEqual(call.TraceId, linkedTrace);
        var connected = (await SpansAsync("the connection's", span => span.Id == linkedSpan, 1)).Single();
        Assert.Equal((linkedTrace, "work/connected", ""), (connected.TraceId, connected.Name, connected.ParentId));
        Assert.DoesNotContain(_collector!.Spans, span => span.Attributes.Values.Any(value => value.Contains("secret", StringComparison.Ordinal)));

        OtlpSpan Child(OtlpSpan parent, string service, string name, int kind)
        {
            var child = Assert.Single(trace, span => span.ParentId == parent.Id && span.Name == name);
            Assert.Equal((service, kind), (child.Service, child.Kind));
            return child;
        }
    }

    private string ConnectionString(int node) => $"Endpoint=http://127.0.0.1;Port={_ports[node]};AccessKey={Key};Version=1.0;";

    private void Export(OtlpExporterOptions options)
    {
        options.Endpoint = new Uri(_collector!.Address + "/v1/traces");
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.BatchExportProcessorOptions.ScheduledDelayMilliseconds = 100;
    }

    private async Task<IReadOnlyList<OtlpSpan>> SpansAsync(string whose, Func<OtlpSpan, bool> isWanted, int count)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var spans = _collector!.Spans.Where(isWanted).ToList();
            if (spans.Count >= count)
            {
                return spans;
            }

            Assert.True(
                Stopwatch.GetElapsedTime(started) < Limit, $"{whose} spans are missing; there are:\n{string.Join('\n', _collector.Spans)}");
            await Task.Delay(20);
        }
    }

    private async Task<HubConnection> ConnectAsync(int node)
    {
        var client = Client.Build(ConnectionString(node), new NegotiateOptions { Hub = "work" }, negotiates: false, reconnects: false);
        _clients.Add(client);
        var welcomed = new TaskCompletionSource();
        client.On<string>("welcome", _ => welcomed.TrySetResult());
        await client.StartAsync().WaitAsync(Limit);
        await welcomed.Task.WaitAsync(Limit);
        return client;
    }
}
