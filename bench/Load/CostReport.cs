using System.Globalization;
using System.Text;

namespace Serverless.Load;

/// <summary>Reports the cost of a change or of monitoring: each build or watched gateway beside the one it is compared with, run by run.</summary>
internal static class CostReport
{
    private const string Begin = "<!-- cost:begin -->";
    private const string End = "<!-- cost:end -->";

    private static readonly string Project = Path.Combine("src", "Gateway");

    /// <summary>Returns the current gateway, compared with the first of the builds.</summary>
    internal static Subject Unwatched(Subject? build) => new GatewaySubject("today's", Project, build);

    internal static IReadOnlyList<Subject> Subjects { get; } =
    [
        Subject.Gateway,
        new GatewaySubject("scraped each second", Project, Subject.Gateway, Watched.ByScraper),
        new GatewaySubject("metrics by OTLP each second", Project, Subject.Gateway, Watched.ByMetrics),
        new GatewaySubject("one trace in twenty", Project, Subject.Gateway, Watched.ByFewTraces),
        new GatewaySubject("all traces", Project, Subject.Gateway, Watched.ByAllTraces),
        new GatewaySubject("a live trace open", Project, Subject.Gateway, Watched.ByViewer),
    ];

    internal static string Tables(BenchOptions options, Results results)
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Median (lowest to highest) of {options.Pairs} runs of each {(options.IsBeside ? "beside each other" : "in turns")}, {options.WarmUp.TotalSeconds:0.#} s warm-up, " +
            $"{options.Duration.TotalSeconds:0.#} s measured. {MachineFacts.Describe()}.");
        foreach (var figure in options.Scenarios.SelectMany(scenario => scenario.Figures).Where(figure => options.Subjects.Any(subject => results.Of(subject, figure).Count > 0)))
        {
            text.AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"| {figure.Title} | | compared with | ratio | the ratio's median, 95 % sure |");
            text.AppendLine("|---|---|---|---|---|");
            foreach (var subject in options.Subjects)
            {
                var ratio = subject.Base is { } compared ? $"{Report.Ratio(results.Ratio(subject, compared, figure))} | {Sure(results, subject, compared, figure)}" : "– | –";
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"| {subject.Name} | {Report.Value(results, subject, figure)} | {subject.Base?.Name ?? "–"} | {ratio} |");
            }
        }

        return text.ToString();
    }

    private static string Sure(Results results, Subject subject, Subject compared, Figure figure) =>
        Certainty.OfMedian(results.Ratios(subject, compared, figure)) is var (from, to)
            ? FormattableString.Invariant($"{from:0.00} to {to:0.00}")
            : "needs 6 runs";

    internal static void WriteTo(string file, BenchOptions options, Results results) =>
        Report.WriteTo(file, Begin, End, Tables(options, results).ReplaceLineEndings("\n").TrimEnd());
}
