using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Observability;
using Serverless.Gateway.Tests.Wire.Nodes;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Processes;
using Serverless.Support.Redis;
using Serverless.Support.Telemetry;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>A metered gateway with Redis, a template with an unreachable upstream, and an OpenTelemetry collector.</summary>
public sealed class ObservedGateway : MeteredGateway
{
    private RedisServer? _redis;

    internal OtlpCollector Collector { get; private set; } = null!;

    protected override void Configure(Dictionary<string, string?> environment)
    {
        base.Configure(environment);
        ArgumentNullException.ThrowIfNull(environment);
        environment["UpstreamSettings__Templates__0__CategoryPattern"] = "messages";
        environment["UpstreamSettings__Templates__0__EventPattern"] = "known";
        environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        environment["OTEL_METRIC_EXPORT_INTERVAL"] = "250";
        environment["Gateway__Quotas__Connections"] = "1000";
        environment["OTEL_SERVICE_NAME"] = "the-observed-gateway";
    }

    private protected override async Task<IRunningServer> StartAsync(IReadOnlyDictionary<string, string?> environment)
    {
        _redis = await RedisServer.StartAsync();
        Collector = await OtlpCollector.StartAsync();
        var node = await base.StartAsync(new Dictionary<string, string?>(environment)
        {
            ["Gateway__Redis"] = _redis.Address,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Collector.Address,
        });
        await ManyNodes.JoinedAsync(node);
        return node;
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Collector.DisposeAsync();
        await _redis!.DisposeAsync();
    }
}

public sealed class MetricsTests(ObservedGateway gateway) : IClassFixture<ObservedGateway>
{
    // Reported only after 512 concurrent fan-outs, more calls than connections, a loss, a forged message, a second loss of Redis, or a full
    // node.
    private static readonly string[] Rare =
    [
        "serverless.clients.refused", "serverless.fanout.refused", "serverless.upstream.waiting", "serverless.backplane.losses",
        "serverless.backplane.refused", "serverless.backplane.unconfirmed",
    ];

    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task A_scrape_needs_the_token()
    {
        foreach (var token in (string?[])[null, "token-of-the-metering-test", "token-of-the-metering-tests2", ""])
        {
            using var answer = await gateway.GetMetricsAsync(token);
            Assert.Equal((401, "Bearer"), ((int)answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()));
        }
    }

    [Fact]
    public async Task Every_documented_metric_is_there_once_something_happens_and_no_other_is()
    {
        await MakeTrafficAsync();
        var rare = MetricsDocument.Rows.Where(row => Rare.Contains(row.Name)).Select(row => row.Prometheus).ToHashSet();
        var documented = MetricsDocument.Rows.Select(row => row.Prometheus).ToHashSet();
        string[] missing = [];
        await Waits.UntilAsync(
            async () =>
            {
                var names = (await gateway.ScrapeAsync()).Names.Select(MetricsDocument.Family).ToHashSet();
                missing = [.. documented.Except(names).Except(rare)];
                return missing.Length == 0;
            },
            $"metrics in the document are reported, except: {string.Join(' ', missing)}");
        Assert.Empty((await gateway.ScrapeAsync()).Names
            .Select(MetricsDocument.Family)
            .Where(name => !name.StartsWith("dotnet_", StringComparison.Ordinal) && !name.StartsWith("kestrel_", StringComparison.Ordinal)
                && !name.StartsWith("http_", StringComparison.Ordinal) && !name.StartsWith("aspnetcore_", StringComparison.Ordinal) && name != "target_info")
            .Except(documented));
    }

    [Fact]
    public async Task A_collector_gets_every_metric_by_otlp()
    {
        await MakeTrafficAsync();
        string[] wanted =
        [
            "the-observed-gateway", .. MetricsDocument.Rows.Select(row => row.Name).Except(Rare),
        ];
        await Waits.UntilAsync(
            () => wanted.All(name => gateway.Collector.Metrics.Any(body => body.Contains(name, StringComparison.Ordinal))),
            "every metric has been sent");
    }

    [Fact]
    public async Task Upstream_calls_are_told_by_template_and_outcome()
    {
        await MakeTrafficAsync();
        await gateway.ScrapeUntilAsync(
            now => now.Has("serverless_upstream_duration_seconds_count", ("template", "0"), ("category", "messages"), ("outcome", "2xx"))
                && now.Has("serverless_upstream_not_sent_total", ("template", "none"), ("category", "messages"), ("reason", "no_template"))
                && now.Sum("serverless_upstream_active") == 0
                && now.Sum("serverless_fanout_receivers_sum", ("target", "hub")) >= 1
                && now.Sum("serverless_backplane_up") == 1,
            "calls, fan-outs and the backplane are counted");
    }

    [Fact]
    public async Task Without_a_token_there_are_no_metrics_in_production()
    {
        await using var node = await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
        });
        using var http = new HttpClient(MemoryNetwork.CreateHandler());
        using var answer = await http.GetAsync(new Uri(node.Address, "/metrics"));
        Assert.Equal(404, (int)answer.StatusCode);
    }

    private async Task MakeTrafficAsync()
    {
        await using (var peer = await gateway.ConnectAsync(_hub, claims: [new("asrs.s.dc", "true")]))
        {
            await peer.InvokeAsync("known");
            await peer.InvokeAsync("unknown");
            await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/:send", "m");
            await peer.NextAsync();
            await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/users/nobody/:send", "m");
            await peer.CloseAsync();
        }

        await gateway.ScrapeUntilAsync(now => now.Has("ConnectionCloseCount_total", ("hub", _hub)), "the client's end is counted");
    }
}
