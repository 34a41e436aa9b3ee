using System.Diagnostics;
using System.Runtime.CompilerServices;
using Serverless.Support.Processes;

namespace Serverless.Fuzz.Runs;

/// <summary>
/// Runs a check over the files of a corpus, then over inputs made from them. A check that throws, takes too long or allocates out of
/// proportion fails the test with instructions to run that case alone, and its input is kept.
/// </summary>
internal static class FuzzRun
{
    // A case takes well under a millisecond; the rest allows for a stalled machine.
    private static readonly TimeSpan SlowCase = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HungCase = TimeSpan.FromSeconds(60);

    // A check reads its input several times and records it as text.
    private const long AllocatedBytes = 2 * 1024 * 1024;
    private const long AllocatedPerByte = 1000;

    /// <summary>Runs a check.</summary>
    /// <param name="corpus">The folder of the corpus.</param>
    /// <param name="check">Throws if the parser violates its contract; the random numbers are for cuts.</param>
    /// <param name="usualCases">The number of cases without <c>FUZZ_CASES</c>; null for that of most tests.</param>
    /// <param name="generate">Makes a valid input, from which three of four cases are made instead of from the corpus; null for none.</param>
    /// <param name="test">The test's name.</param>
    public static async Task RunAsync(
        string corpus, Action<byte[], Random> check, int? usualCases = null, Func<Random, byte[]>? generate = null, [CallerMemberName] string test = "")
    {
        var files = Corpus.Read(corpus);
        var now = new Case("", -1, []);
        var began = Stopwatch.GetTimestamp();
        var work = Task.Factory.StartNew(Run, TaskCreationOptions.LongRunning);
        while (await Task.WhenAny(work, Task.Delay(1000)) != work)
        {
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref began)) > HungCase)
            {
                Fail(corpus, test, now, $"It has not ended within {HungCase}.");
            }
        }

        await work;

        void Run()
        {
            // The files come first, unchanged, which also completes one-time initialization.
            foreach (var file in files)
            {
                Check(new Case(file.Name, -1, file.Bytes), int.MaxValue);
            }

            foreach (var number in FuzzSettings.Numbers(usualCases is { } usual ? FuzzSettings.CasesOr(usual) : FuzzSettings.Cases))
            {
                var random = FuzzSettings.RandomOf(test, number);
                var input = new Mutator(Sources(random), random).Next(out var origin);
                Check(new Case(origin, number, input), AllocatedBytes + (AllocatedPerByte * input.Length));
            }
        }

        IReadOnlyList<CorpusFile> Sources(Random random) => generate is null || random.Next(4) == 0
            ? files
            : [new CorpusFile("generated", generate(random)), new CorpusFile("generated", generate(random))];

        void Check(Case next, long mostAllocated)
        {
            now = next;
            Volatile.Write(ref began, Stopwatch.GetTimestamp());
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                check(next.Input, FuzzSettings.RandomOf(test + " cuts", next.Number));
            }
            catch (Exception exception)
            {
                Fail(corpus, test, next, exception.ToString());
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (allocated > mostAllocated)
            {
                Fail(corpus, test, next, $"It has allocated {allocated} bytes for an input of {next.Input.Length}.");
            }

            if (Stopwatch.GetElapsedTime(began) is var took && took > SlowCase)
            {
                Fail(corpus, test, next, $"It has taken {took} for an input of {next.Input.Length} bytes.");
            }
        }
    }

    private static void Fail(string corpus, string test, Case found, string problem)
    {
        var folder = Path.Combine(BuiltProgram.RepositoryRoot, "artifacts", "fuzz", corpus);
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"{test}-{FuzzSettings.Seed}-{found.Number}");
        File.WriteAllBytes(file, found.Input);
        var replay = found.Number < 0 ? "the file as it is" : $"FUZZ_SEED={FuzzSettings.Seed} FUZZ_CASE={found.Number}";
        Assert.Fail($"{test}, corpus {corpus}, {found.Origin}, {replay}; the input is kept as {file}.\n{problem}");
    }

    private sealed record Case(string Origin, int Number, byte[] Input);
}
