using System.Globalization;
using System.Text;

namespace Serverless.Load;

/// <summary>Writes the tables as Markdown.</summary>
internal static class Report
{
    internal const string Begin = "<!-- bench:begin -->";
    internal const string End = "<!-- bench:end -->";

    private const string Conditions = """
        What is equal: the machine, the run time, the production environment, log level `Warning`, the JSON hub protocol over WebSockets
        without negotiation, the same clients sending the same bytes, pings every 15 s both ways, the broadcast's HTTP request body,
        the upstream process. Each run starts a fresh server process, with the settings that it ships with.

        What is not equal: the gateway checks a different signed token for each connection and a token for each broadcast, signs each
        upstream request and sends the `X-ASRS-*` headers; the SignalR server does none of that. To the upstream the gateway sends the
        whole invocation as JSON and gets a completion back; the SignalR server sends and gets the argument's plain text, the leanest
        way to write it. The SignalR server parses and rewrites arguments, the gateway passes them on. Only the last line lets the
        upstream hear of connections.

        How: CPU is user and system time of the server process as the operating system counts it, divided by the items that arrived in
        the measured time; nobody's CPU but the server's counts. Memory is resident memory less that right after the start, divided by
        the connections, taken when every connection has been pinged and five samples in a row lie within 1 %. Latency runs from the
        moment a message was sent, or was due where the pace is fixed, to the moment its last byte was read. Each message carries its
        publisher, number and time, so that one lost, doubled or out of order is noticed; *failed* are error results and anything
        unexpected. All clients have been connected for 0.3 s before the first message. *Saturated* means two publishers, each
        with one broadcast on its way. Clients, upstream and servers share the machine, so throughput is not a server's best but what
        was left beside its load.
        """;

    internal static string Tables(BenchOptions options, Results results)
    {
        var figures = options.Scenarios
            .SelectMany(scenario => scenario.Figures)
            .Where(figure => IsMeasured(options, results, figure))
            .ToArray();
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Median (lowest to highest) of {options.Pairs} runs of each server in turns, {options.WarmUp.TotalSeconds:0.#} s warm-up, " +
            $"{options.Duration.TotalSeconds:0.#} s measured. {MachineFacts.Describe()}.");
        if (results.OthersShare is { Highest: > 0 } others)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"Processes outside the benchmark took {others.Median:P0} ({others.Lowest:P0} to {others.Highest:P0}) of the machine " +
                $"meanwhile; runs repeated because it was more than {options.OthersLimit:P0}: {results.Repeated}.");
        }

        text.AppendLine();
        AppendFigures(text, results, figures);
        text.AppendLine();
        AppendRates(text, options, results, figures);
        text.AppendLine();
        AppendFaults(text, options, results);
        return text.ToString();
    }

    /// <summary>Replaces the text between the two marks, or appends it to a file without marks.</summary>
    internal static void WriteTo(string file, BenchOptions options, Results results) =>
        WriteTo(file, Begin, End, $"{Tables(options, results).ReplaceLineEndings("\n")}\n{Conditions}");

    internal static void WriteTo(string file, string begin, string end, string tables)
    {
        var section = $"{begin}\n\n{tables}\n\n{end}";
        var text = File.Exists(file) ? File.ReadAllText(file) : "# Performance\n\n";
        var from = text.IndexOf(begin, StringComparison.Ordinal);
        var to = text.IndexOf(end, StringComparison.Ordinal);
        text = from >= 0 && to > from
            ? string.Concat(text.AsSpan(0, from), section, text.AsSpan(to + end.Length))
            : $"{text}{section}\n";
        File.WriteAllText(file, text);
    }

    private static bool IsMeasured(BenchOptions options, Results results, Figure figure) =>
        options.Subjects.Any(subject => results.Of(subject, figure).Count > 0);

    private static void AppendFigures(StringBuilder text, Results results, IEnumerable<Figure> figures)
    {
        text.AppendLine("| figure | gateway | SignalR | ratio | target |");
        text.AppendLine("|---|---|---|---|---|");
        foreach (var figure in figures)
        {
            var ratio = results.Ratio(Subject.Gateway, Subject.Peer, figure);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {figure.Title} | {Value(results, Subject.Gateway, figure)} | {Value(results, Subject.Peer, figure)} " +
                $"| {Ratio(ratio)} | {Target(figure, ratio)} |");
        }
    }

    private static void AppendRates(StringBuilder text, BenchOptions options, Results results, IEnumerable<Figure> figures)
    {
        text.AppendLine("| rate and latency | server | per second | p50 | p99 | sleeps of server threads per item | load generator's CPU per item |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        foreach (var figure in figures.Where(figure => figure.RateUnit is not null))
        {
            foreach (var subject in options.Subjects)
            {
                var runs = results.Of(subject, figure);
                if (runs.Count == 0)
                {
                    continue;
                }

                double Median(Func<Measurement, double> part) => Spread.Of(runs.Select(part)).Median;
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"| {figure.Key} | {subject.Name} | {Median(run => run.ItemsPerSecond):N0} {figure.RateUnit!.Split('/')[0]} " +
                    $"| {Median(run => run.MedianMilliseconds):0.0} ms | {Median(run => run.SlowestPercentMilliseconds):0.0} ms " +
                    $"| {Median(run => run.SwitchesPerItem):0.00} | {Median(run => run.LoadMicrosecondsPerItem):0.0} µs |");
            }
        }
    }

    private static void AppendFaults(StringBuilder text, BenchOptions options, Results results)
    {
        text.AppendLine("| in all runs together | lost | duplicated | out of order | closed by the server | failed |");
        text.AppendLine("|---|---|---|---|---|---|");
        foreach (var subject in options.Subjects)
        {
            var sum = results.FaultsOf(subject);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {subject.Name} | {sum.Lost} | {sum.Duplicated} | {sum.OutOfOrder} | {sum.Closed} | {sum.Failed} |");
        }
    }

    internal static string Value(Results results, Subject subject, Figure figure)
    {
        if (results.Of(subject, figure).Count == 0)
        {
            return "–";
        }

        var value = results.Values(subject, figure);
        return FormattableString.Invariant($"{Short(value.Median)} {figure.Unit} ({Short(value.Lowest)} to {Short(value.Highest)})");
    }

    private static string Short(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture);

    internal static string Ratio(Spread? ratio) =>
        ratio is { } value ? FormattableString.Invariant($"{value.Median:0.00} ({value.Lowest:0.00} to {value.Highest:0.00})") : "–";

    private static string Target(Figure figure, Spread? ratio)
    {
        if (figure.Target is not { } target)
        {
            return "–";
        }

        var verdict = ratio is not { } value ? "" : value.Median <= target ? ", met" : ", missed";
        return FormattableString.Invariant($"≤ {target:0.0}{verdict}{(figure.IsGate ? "" : " (no gate)")}");
    }
}
