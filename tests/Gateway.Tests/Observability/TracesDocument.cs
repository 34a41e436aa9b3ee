using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Observability;

/// <summary>Reads the table of traces in docs/metrics.md.</summary>
internal static partial class TracesDocument
{
    /// <summary>Gets the spans.</summary>
    public static IReadOnlyList<SpanRow> Rows { get; } =
    [
        .. File.ReadLines(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "metrics.md"))
            .SkipWhile(line => line != "## Traces")
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray())
            .Where(row => row.Length == 5)
            .Select(row => new SpanRow(row[0].Trim('`'), row[1].Trim('`'), row[2], Codes(row[4]))),
    ];

    /// <summary>Gets the attributes that have a row of their own.</summary>
    public static IReadOnlySet<string> Explained { get; } = File.ReadLines(Path.Combine(BuiltProgram.RepositoryRoot, "docs", "metrics.md"))
        .SkipWhile(line => line != "## Traces")
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal) && line.Split('|').Length == 4)
        .SelectMany(line => Codes(line.Split('|')[1]))
        .ToHashSet();

    private static string[] Codes(string cell) => [.. Code().Matches(cell).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}

/// <summary>Represents one row: name, display name, kind, attributes.</summary>
internal sealed record SpanRow(string Name, string Shown, string Kind, string[] Attributes)
{
    // opentelemetry/proto/trace/v1/trace.proto, SpanKind
    private static readonly string[] Kinds = ["", "internal", "server", "client", "producer", "consumer"];

    /// <summary>Returns true if a span with this kind, these attributes and this name matches the row.</summary>
    public bool Fits(int kind, string name, IEnumerable<string> attributes) =>
        Kinds[kind] == Kind
        && !attributes.Except(Attributes).Any()
        && Regex.IsMatch(name, $"^{Regex.Replace(Regex.Escape(Shown), @"\\\{\w+}", "[^ ]+")}$");
}
