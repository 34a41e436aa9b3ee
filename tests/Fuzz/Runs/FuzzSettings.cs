using System.Globalization;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Serverless.Fuzz.Runs;

/// <summary>The number of cases and the seed; see the README of this folder.</summary>
internal static class FuzzSettings
{
    private const int UsualCases = 500;

    /// <summary><c>FUZZ_SEED</c>: a number, or <c>random</c>. The same seed gives the same inputs.</summary>
    public static int Seed { get; } = Environment.GetEnvironmentVariable("FUZZ_SEED") switch
    {
        null or "" => 1,
        "random" => Random.Shared.Next(),
        var text => int.Parse(text, CultureInfo.InvariantCulture),
    };

    /// <summary><c>FUZZ_CASES</c>: the number of inputs per parser test. The gateway is attacked with twice as many.</summary>
    public static int Cases { get; } = CasesOr(UsualCases);

    /// <summary><c>FUZZ_CASE</c>: the only case to run; null for all.</summary>
    public static int? OnlyCase { get; } = Number("FUZZ_CASE");

    /// <summary>Returns <c>FUZZ_CASES</c>, or the usual number of inputs of a test that has its own.</summary>
    public static int CasesOr(int usual) => Number("FUZZ_CASES") ?? usual;

    /// <summary>Returns the numbers of the cases to run.</summary>
    public static IEnumerable<int> Numbers(int count) => OnlyCase is { } only ? [only] : Enumerable.Range(0, count);

    /// <summary>Returns the random numbers of a case, which depend only on the seed, the test and the case.</summary>
    public static Random RandomOf(string test, int number)
    {
        // FNV-1a: the hash code of a string differs from process to process.
        var hash = 2_166_136_261u;
        foreach (var c in $"{Seed} {test} {number}")
        {
            hash = unchecked((hash ^ c) * 16_777_619u);
        }

        return new Random(unchecked((int)hash));
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
