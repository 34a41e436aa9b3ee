using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Connections.Upkeep;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Listening;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Tests.Connections;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Observability;

/// <summary>Compares docs/metrics.md and the dashboard with the code.</summary>
public sealed partial class MetricsDocumentTests
{
    [Fact]
    public void Every_instrument_is_documented_with_its_kind_and_unit_and_no_other()
    {
        var documented = MetricsDocument.Rows.Select(row => (row.Name, row.Kind, row.Unit)).Order().ToList();
        Assert.Equal(documented, Instruments().Select(instrument => (instrument.Name, KindOf(instrument), UnitOf(instrument))).Order());
        Assert.All(MetricsDocument.Rows, row => Assert.EndsWith(".", row.Meaning, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_category_is_documented_with_its_fault_and_reasons()
    {
        var categories =
            from reason in Enum.GetValues<CloseReason>()
            where reason != CloseReason.None
            group reason.ToString() by reason.Category() into category
            select $"{category.Key} {category.Key.Fault()} {string.Join(' ', category.Order())}";
        Assert.Equal(
            categories.Order(),
            MetricsDocument.Categories.Select(row => $"{row.Category} {row.Fault} {string.Join(' ', row.Reasons.Order())}").Order());
    }

    [Fact]
    public void The_dashboard_asks_for_documented_metrics_and_labels_only_and_for_every_one()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(BuiltProgram.RepositoryRoot, "infra", "grafana.json")));
        var expressions = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)
            .ToList();
        Assert.True(expressions.Count >= 25, "The dashboard has fewer expressions than expected.");
        var asked = expressions.SelectMany(expression => Metric().Matches(Grouping().Replace(expression, "")).Select(match => MetricsDocument.Family(match.Value))).ToHashSet();
        Assert.Empty(asked.Except(MetricsDocument.PrometheusNames));
        Assert.Empty(MetricsDocument.Rows.Select(row => row.Prometheus).Except(asked).Except(["serverless_connections_diagnostic"]));

        var labels = expressions.SelectMany(expression => Label().Matches(expression).Select(match => match.Groups[1].Value)).ToHashSet();
        Assert.Contains("hub", labels);
        Assert.Empty(labels.Except(MetricsDocument.Rows.SelectMany(row => row.Tags)).Except(["http_route"])); // ASP.NET Core's
    }

    private static List<Instrument> Instruments()
    {
        var found = new List<Instrument>();
        using var clients = new TestClients();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == GatewayMeter.Name)
                {
                    found.Add(instrument);
                }
            },
        };
        listener.Start();
        RuntimeHelpers.RunClassConstructor(typeof(UpstreamMetrics).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(UndeliveredEvents).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(UndeliveredMessages).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(FanOutMetrics).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(BackplaneMetrics).TypeHandle);
        _ = new UsageMetrics(clients.Meters, new ErrorShares(clients.Meters, clients.Time), NoQuotas(clients), new ServerLoad(clients.Time));
        _ = new LimitMetrics(clients.Workers.Queued);
        _ = new OutboxMetrics(new ConnectionTable(NodeId.Create(), clients.Time), clients.Workers);
        var budget = NodeBudget.Of(1024, 1 << 30);
        using var sockets = new AcceptedSockets(budget, clients.Time, NullLogger<AcceptedSockets>.Instance);
        _ = new SocketMetrics(sockets);
        _ = new ClientCapacity(new ConnectionTable(NodeId.Create(), clients.Time), budget, new QueuedBytes(budget));
        _ = new BackplaneMetrics(isAlone: false, static () => true, static () => 0);
        return [.. found.DistinctBy(instrument => instrument.Name)];
    }

    [Fact]
    public void What_operators_are_told_to_watch_are_documented_metrics()
    {
        var watched = File.ReadLines(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "operations.md"))
            .SkipWhile(line => line != "## Watch the metrics")
            .TakeWhile(line => line != "## Act on an alert")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1])
            .SelectMany(cell => Code().Matches(cell).Select(match => match.Groups[1].Value))
            .Where(name => !int.TryParse(name[..1], out _) && name is not ("failed" or "timeout" or "messages"))
            .ToHashSet();
        Assert.True(watched.Count >= 10, "The table has fewer metrics than expected.");
        string[] known = [.. MetricsDocument.Names, .. CloseCategories.All.Select(category => category.ToString())];
        Assert.Empty(watched.Except(known));
    }

    private static Quotas NoQuotas(TestClients clients) =>
        new(clients.Meters, Options.Create(new QuotaOptions()), clients.Time, NullLogger<Quotas>.Instance);

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "ObservableGauge" => "gauge",
        "Counter" or "ObservableCounter" => "counter",
        "UpDownCounter" => "up-down counter",
        "Histogram" => "histogram",
        var other => other,
    };

    private static string UnitOf(Instrument instrument) => instrument.Unit is "1" or null ? "" : instrument.Unit;

    // A name before its labels or range, or alone within an aggregation.
    [GeneratedRegex(@"\b(?:ConnectionCount|[A-Z]\w+_(?:total|percent)|(?:serverless|dotnet|http|kestrel)_\w+)\b(?!"")(?=[\[{)])")]
    private static partial Regex Metric();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"by \([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"[{,](\w+)=~?""")]
    private static partial Regex Label();
}
