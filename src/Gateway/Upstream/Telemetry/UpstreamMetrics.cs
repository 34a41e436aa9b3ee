using System.Diagnostics.Metrics;
using System.Globalization;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Upstream.Calls;

namespace Serverless.Gateway.Upstream.Telemetry;

/// <summary>Records metrics of upstream requests, by template. Recording allocates nothing.</summary>
internal static class UpstreamMetrics
{
    private const string Template = "template";

    // The values of the tag; all further templates share one value.
    private static readonly string[] Templates = [.. Enumerable.Range(0, 64).Select(place => place.ToString(CultureInfo.InvariantCulture))];

    private static readonly Histogram<double> Duration = GatewayMeter.Instance.CreateHistogram(
        GatewayMeter.UpstreamDuration, "s", "Time from an upstream request to the head of its answer, or to its failure", advice: GatewayMeter.Seconds);

    private static readonly Counter<long> NotSentCounter = GatewayMeter.Instance.CreateCounter<long>(
        GatewayMeter.UpstreamNotSent, "{event}", "Events that were not sent to an upstream");

    private static readonly UpDownCounter<int> Active = GatewayMeter.Instance.CreateUpDownCounter<int>(
        GatewayMeter.UpstreamActive, "{request}", "Upstream requests that are not answered yet");

    private static readonly UpDownCounter<int> WaitingCounter = GatewayMeter.Instance.CreateUpDownCounter<int>(
        GatewayMeter.UpstreamWaiting, "{request}", "Upstream requests that wait for a connection to their host");

    private static readonly UpDownCounter<int> ConnectionsCounter = GatewayMeter.Instance.CreateUpDownCounter<int>(
        GatewayMeter.UpstreamConnections, "{connection}", "Open connections to upstreams, idle ones included");

    /// <summary>Changes the number of requests that wait for a connection.</summary>
    public static void Waiting(int template, int change) => WaitingCounter.Add(change, GatewayMeter.Tag(Template, NameOf(template)));

    /// <summary>Changes the number of open connections.</summary>
    public static void Connections(int change) => ConnectionsCounter.Add(change);

    /// <summary>Counts a request that is being sent.</summary>
    public static void Started(int template) => Active.Add(1, GatewayMeter.Tag(Template, NameOf(template)));

    /// <summary>Records the head of an answer.</summary>
    public static void Answered(int template, string category, int status, TimeSpan taken) => Record(template, category, taken, status switch
    {
        < 200 => "1xx",
        < 300 => "2xx",
        < 400 => "3xx",
        < 500 => "4xx",
        _ => "5xx",
    });

    /// <summary>Records a request without an answer.</summary>
    public static void Failed(int template, string category, UpstreamResult result, TimeSpan taken) => Record(template, category, taken, result switch
    {
        UpstreamResult.TimedOut => "timeout",
        UpstreamResult.Cancelled => "cancelled",
        _ => "failed",
    });

    /// <summary>Counts an event for which no request was made.</summary>
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
