using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Observability;

/// <summary>Reads the tables of docs/metrics.md.</summary>
internal static partial class MetricsDocument
{
    private static readonly string[][] Tables =
    [
        .. File.ReadLines(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "metrics.md"))
            .Where(line => line.StartsWith('|'))
            .Select(line => line.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray()),
    ];

    /// <summary>Gets the gateway's own metrics.</summary>
    public static IReadOnlyList<MetricRow> Rows { get; } =
    [
        .. from row in Tables
           where row.Length == 6 && row[0].StartsWith('`')
           select new MetricRow(Plain(row[0]), Plain(row[1]), row[2], Plain(row[3]), [.. Code().Matches(row[4]).Select(match => match.Groups[1].Value)], row[5]),
    ];

    /// <summary>Gets the names of all metrics, including the runtime's.</summary>
    public static IReadOnlySet<string> Names { get; } =
        Tables.Where(row => row.Length is 6 or 3 && row[1].StartsWith('`')).Select(row => Plain(row[0])).ToHashSet();

    /// <summary>Gets the Prometheus names of all metrics, including the runtime's.</summary>
    public static IReadOnlySet<string> PrometheusNames { get; } =
        Tables.Where(row => row.Length is 6 or 3 && row[1].StartsWith('`')).Select(row => Plain(row[1])).ToHashSet();

    /// <summary>Gets the categories of closing, with their fault and their reasons.</summary>
    public static IReadOnlyList<(string Category, string Fault, string[] Reasons)> Categories { get; } =
    [
        .. from row in Tables
           where row.Length == 3 && row[1] is "None" or "User" or "System"
           select (Plain(row[0]), row[1], Code().Matches(row[2]).Select(match => match.Groups[1].Value).ToArray()),
    ];

    /// <summary>Returns the metric of a sample: its name without the suffixes of a histogram.</summary>
    public static string Family(string sample) => Ending().Replace(sample, "");

    private static string Plain(string cell) => cell.Trim('`');

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Ending();
}

/// <summary>Represents one row: name, name in Prometheus, kind, unit, tags, meaning.</summary>
internal sealed record MetricRow(string Name, string Prometheus, string Kind, string Unit, string[] Tags, string Meaning);
