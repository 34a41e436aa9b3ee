using System.Diagnostics.Metrics;
using System.Globalization;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Upstream.Telemetry;

/// <summary>How upstreams answer, template by template. Recording allocates nothing.</summary>
internal static class UpstreamMetrics
{
    private const string Template = "template";

    // Templates are few; what is beyond these is one.
    private static readonly string[] Templates = [.. Enumerable.Range(0, 64).Select(place => place.ToString(CultureInfo.InvariantCulture))];

    private static readonly Histogram<double> Duration = GatewayMeter.Instance.CreateHistogram(
        GatewayMeter.UpstreamDuration, "s", "Time from an upstream request to the head of its answer, or to its failure", advice: GatewayMeter.Seconds);

    private static readonly Counter<long> NotSentCounter = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.UpstreamNotSent, "{event}", "Events that were not sent to an upstream");

    private static readonly UpDownCounter<int> Active = GatewayMeter.Instance.CreateUpDownCounter<int>(
        GatewayMeter.UpstreamActive, "{request}", "Upstream requests that have had no answer yet");

    private static readonly UpDownCounter<int> WaitingCounter = GatewayMeter.Instance.CreateUpDownCounter<int>(
        GatewayMeter.UpstreamWaiting, "{request}", "Upstream requests that wait for a connection to their host");

    private static readonly UpDownCounter<int> ConnectionsCounter = GatewayMeter.Instance.CreateUpDownCounter<int>(
        GatewayMeter.UpstreamConnections, "{connection}", "Connections to upstreams that are open, idle ones among them");

    /// <summary>A request waits for a connection, or does so no longer.</summary>
    public static void Waiting(int template, int change) => WaitingCounter.Add(change, GatewayMeter.Tag(Template, NameOf(template)));

    /// <summary>A connection has been opened or closed.</summary>
    public static void Connections(int change) => ConnectionsCounter.Add(change);

    /// <summary>A request is on its way.</summary>
    public static void Started(int template) => Active.Add(1, GatewayMeter.Tag(Template, NameOf(template)));

    /// <summary>The head of an answer has come.</summary>
    public static void Answered(int template, string category, int status, TimeSpan taken) => Record(template, category, taken, status switch
    {
        < 200 => "1xx",
        < 300 => "2xx",
        < 400 => "3xx",
        < 500 => "4xx",
        _ => "5xx",
    });

    /// <summary>No answer has come.</summary>
    public static void Failed(int template, string category, UpstreamResult result, TimeSpan taken) => Record(template, category, taken, result switch
    {
        UpstreamResult.TimedOut => "timeout",
        UpstreamResult.Cancelled => "cancelled",
        _ => "failed",
    });

    /// <summary>Nothing was asked.</summary>
    public static void NotSent(int template, string category, UpstreamResult result) => NotSentCounter.Add(
        1,
        GatewayMeter.Tag(Template, template < 0 ? "none" : NameOf(template)),
        GatewayMeter.Tag("category", category),
        GatewayMeter.Tag("reason", result switch
        {
            UpstreamResult.NoTemplate => "no_template",
            UpstreamResult.BadUrl => "bad_url",
            UpstreamResult.NoSecret => "no_secret",
            UpstreamResult.NoConnection => "no_connection",
            _ => "no_identity",
        }));

    private static void Record(int template, string category, TimeSpan taken, string outcome)
    {
        UpstreamTotals.Add(template, taken, isError: outcome is not ("2xx" or "cancelled"));
        Active.Add(-1, GatewayMeter.Tag(Template, NameOf(template)));
        Duration.Record(
            taken.TotalSeconds,
            GatewayMeter.Tag(Template, NameOf(template)),
            GatewayMeter.Tag("category", category),
            GatewayMeter.Tag("outcome", outcome));
    }

    private static string NameOf(int template) => template < Templates.Length ? Templates[template] : "more";
}
