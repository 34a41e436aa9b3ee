using System.Globalization;
using Serverless.Fuzz.Runs;
using Xunit.Abstractions;

namespace Serverless.Fuzz.Oracle;

/// <summary>Counts how inputs were judged. A verdict that no input of a whole run has means that the run no longer tests it.</summary>
internal sealed class Tally(params string[] expected)
{
    private readonly Dictionary<string, int> _counts = expected.ToDictionary(static verdict => verdict, static _ => 0);

    /// <summary>Counts a verdict, which must be one of those expected.</summary>
    public void Add(string verdict) => _counts[verdict]++;

    /// <summary>Writes the counts, and fails when one is zero, unless fewer cases than usual were run.</summary>
    public void Finish(ITestOutputHelper output, int usualCases)
    {
        foreach (var (verdict, count) in _counts)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,9} {verdict}"));
        }

        if (FuzzSettings.OnlyCase is null && FuzzSettings.CasesOr(usualCases) >= usualCases)
        {
            Assert.DoesNotContain(0, _counts.Values);
        }
    }
}
