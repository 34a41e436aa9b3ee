using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Documents;

/// <summary>Each row of docs/compatibility.md names the tests that show its claim, and those tests exist.</summary>
public sealed partial class CompatibilityDocumentTests
{
    private static readonly Document Compatibility = Document.Find(Path.Combine("docs", "compatibility.md"));

    /// <summary>Each row except the tables' headers: its claim, and the tests that show it.</summary>
    private static List<(string Claim, string ShownBy)> Rows =>
    [
        .. Compatibility.Rows
            .Where(row => row[^1] != "shown by")
            .Select(row => (row[0], row[^1])),
    ];

    [Fact]
    public void Every_row_names_tests_that_are_there()
    {
        var rows = Rows;
        Assert.True(rows.Count >= 30, "The tables have not been read completely.");
        var unshown = rows
            .Where(row => !NamedTests(row.ShownBy).Any() || !NamedTests(row.ShownBy).All(IsTest))
            .Select(row => $"{row.Claim}: {string.Join(", ", NamedTests(row.ShownBy).Where(test => !IsTest(test)))}");
        Assert.Equal("", string.Join('\n', unshown));
    }

    [Fact]
    public void A_name_that_is_no_test_is_noticed()
    {
        Assert.True(IsTest(("Every row names tests that are there", "../tests/EndToEnd/Documents/CompatibilityDocumentTests.cs")));
        Assert.False(IsTest(("Every row names tests", "../tests/EndToEnd/Documents/CompatibilityDocumentTests.cs")));
        Assert.False(IsTest(("IsTest", "../tests/EndToEnd/Documents/CompatibilityDocumentTests.cs")));
        Assert.False(IsTest(("An invocation", "../tests/EndToEnd/JavaScriptClient/calls.mjs")));
    }

    private static IEnumerable<(string Name, string File)> NamedTests(string cell) =>
        Link().Matches(cell).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    private static bool IsTest((string Name, string File) test)
    {
        var file = Path.GetFullPath(Path.Combine(BuiltProgram.RepositoryRoot, "docs", test.File));
        if (!File.Exists(file))
        {
            return false;
        }

        var text = File.ReadAllText(file);
        return file.EndsWith(".mjs", StringComparison.Ordinal)
            ? new[] { "", "WithPings", "WithStatefulReconnect", "WithViewer" }.Any(
                kind => text.Contains($"\nscenario{kind}('{test.Name}'", StringComparison.Ordinal))
            : TestMethod().Matches(text).Any(match => match.Groups[1].Value == test.Name.Replace(' ', '_'));
    }

    // [A name of a test](../tests/…)
    [GeneratedRegex(@"\[([^\]]+)\]\((\.\./tests/[^)\s]+)\)")]
    private static partial Regex Link();

    // [Fact] or [Theory] with its data, then the method. Data may contain any text except the next method.
    [GeneratedRegex(@"^    \[(?:Fact|Theory)[^\n]*\n(?:    [^\n]*\n)*?    public (?:async )?(?:Task|void) (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex TestMethod();
}
