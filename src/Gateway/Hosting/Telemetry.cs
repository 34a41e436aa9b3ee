using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Upkeep;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Listening;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Observability.Spans;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// Exports metrics and traces: by OTLP, if OpenTelemetry's own variables name a collector, and metrics at <c>/metrics</c> for Prometheus.
/// Without either, instruments and spans have no listener.
/// </summary>
internal static class Telemetry
{
    private const string Path = "/metrics";
    private const string ServiceName = "serverless-gateway";

    // The meters of the gateway, of the process and runtime, and of the HTTP server.
    private static readonly string[] Meters =
        [GatewayMeter.Name, "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptionsWithValidateOnStart<MetricsOptions>().BindConfiguration("Gateway:Metrics");
        services.AddSingleton<IValidateOptions<MetricsOptions>, MetricsOptionsValidator>();
        services.AddSingleton(static provider => SourceOf(provider.GetRequiredService<IOptions<MetricsOptions>>().Value));
        var sends = Sends(builder.Configuration, "METRICS");
        var shows = ShowsMetrics(builder.Configuration, builder.Environment);
        var traces = Sends(builder.Configuration, "TRACES");
        if (!sends && !shows && !traces)
        {
            return;
        }

        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource
            .AddService(builder.Configuration["OTEL_SERVICE_NAME"] ?? ServiceName)
            .AddDetector(static provider => new NodeDetector(provider.GetRequiredService<ThisNode>())));
        if (sends || shows)
        {
            telemetry.WithMetrics(metrics => AddMetrics(metrics, sends, shows));
        }

        if (traces)
        {
            // OTEL_TRACES_SAMPLER sets the share that is kept; the provider reads it itself.
            telemetry.WithTracing(static tracing => tracing.AddSource(GatewaySpans.Name).AddOtlpExporter());
        }

        services.ConfigureOpenTelemetryMeterProvider(static (provider, _) =>
        {
            provider.GetRequiredService<UsageMetrics>();
            provider.GetRequiredService<LimitMetrics>();
            provider.GetRequiredService<OutboxMetrics>();
            provider.GetRequiredService<SocketMetrics>();
            provider.GetRequiredService<BackplaneMetrics>();
        });
    }

    public static void MapMetrics(this WebApplication app)
    {
        if (ShowsMetrics((ConfigurationManager)app.Configuration, app.Environment))
        {
            app.MapPrometheusScrapingEndpoint(
                Path, meterProvider: null, static scraping => scraping.Use(static next => context => ScrapeAsync(context, next)), optionsName: null);
        }
    }

    private static void AddMetrics(MeterProviderBuilder metrics, bool sends, bool shows)
    {
        metrics.AddMeter(Meters);
        if (sends)
        {
            metrics.AddOtlpExporter();
        }

        if (shows)
        {
            metrics.AddPrometheusExporter(static prometheus => prometheus.ScrapeResponseCacheDurationMilliseconds = 0);
        }
    }

    // Names the signal as OpenTelemetry's variables do.
    private static bool Sends(ConfigurationManager configuration, string signal) =>
        (!string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]) || !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]))
        && configuration[$"OTEL_{signal}_EXPORTER"] != "none";

    private static bool ShowsMetrics(ConfigurationManager configuration, IHostEnvironment environment) =>
        environment.IsDevelopment() || !string.IsNullOrEmpty(TokenOf(configuration));

    private static SecretSource SourceOf(MetricsOptions options) => new(() => [options.Token]);

    private static string? TokenOf(ConfigurationManager configuration) => configuration["Gateway:Metrics:Token"];

    private static async Task ScrapeAsync(HttpContext context, RequestDelegate next)
    {
        // Reads every connection: too much work for a thread that polls sockets.
        await Task.Yield();
        var token = context.RequestServices.GetRequiredService<IOptions<MetricsOptions>>().Value.Token;
        if (!string.IsNullOrEmpty(token) && !IsSame(BearerToken.Of(context.Request.Headers.Authorization), token))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return;
        }

        await next(context);
    }

    private static bool IsSame(string? sent, string token) =>
        sent is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent), Encoding.UTF8.GetBytes(token));

    /// <summary>Names the node of metrics and spans by the id that health and the admin API also show.</summary>
    private sealed class NodeDetector(ThisNode node) : IResourceDetector
    {
        public Resource Detect() => new([new("service.instance.id", node.Id.Value)]);
    }
}
