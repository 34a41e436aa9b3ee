using System.Globalization;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Serverless.Micro;

/// <summary>
/// Runs every benchmark briefly, except baselines without a bound, and compares the allocations with <see cref="AllocationBounds"/>.
/// Allocations are repeatable and times are not, so only allocations are a gate.
/// </summary>
internal static class AllocationCheck
{
    private const string Ending = "Benchmarks";

    // The whole process is counted, and occasionally the runtime itself allocates. That only adds, so the least of a few runs counts.
    private const int MaxRounds = 3;

    // The remaining noise. The smallest object takes 24 bytes.
    private const int NoiseBytes = 16;

    /// <returns>False if a path allocates too much, failed, has no bound, or a bound has no path.</returns>
    public static bool Run()
    {
        var log = new AccumulationLogger();
        var results = new Dictionary<string, Result>(StringComparer.Ordinal);
        var isWhole = TryRound(
            log, results, static benchmark => !IsForFigures(benchmark) && (!benchmark.Descriptor.Baseline || BoundOf(benchmark) is not null));
        for (var round = 1; round < MaxRounds && results.Values.Any(result => result.IsTooMuch); round++)
        {
            isWhole &= TryRound(
                log, results, benchmark => results.TryGetValue(benchmark.DisplayInfo, out var before) && before.IsTooMuch);
        }

        Console.WriteLine($"{"path",-42} {"payload",7} {"protocol",-12} {"allocated",9} {"bound",9}");
        foreach (var result in results.Values)
        {
            Console.WriteLine(result.Line);
        }

        var names = results.Values.Select(result => NameOf(result.Benchmark)).ToHashSet(StringComparer.Ordinal);
        var unused = AllocationBounds.All.Where(bound => !names.Contains(bound.Benchmark)).ToList();
        foreach (var bound in unused)
        {
            Console.WriteLine($"{bound.Benchmark} has a bound, but no such benchmark has run.");
        }

        var wrong = results.Values.Count(result => result.Verdict.Length > 0) + unused.Count;
        if (!isWhole || results.Values.Any(result => result.Allocated is null))
        {
            Console.WriteLine(log.GetLog());
            Console.WriteLine("Not every benchmark could run; see the log above.");
            return false;
        }

        Console.WriteLine(wrong > 0 ? $"{wrong} wrong." : "Nothing allocates more than it may.");
        return wrong == 0;
    }

    // The largest replies show how time grows; their allocations grow as with the smaller ones, and they take most of the check's time.
    private static bool IsForFigures(BenchmarkCase benchmark) =>
        benchmark.Parameters[nameof(RespReaderBenchmarks.Size)] is RespReaderBenchmarks.Largest;

    private static bool TryRound(ILogger log, Dictionary<string, Result> results, Func<BenchmarkCase, bool> isWanted)
    {
        var summaries = MicroConfig.Benchmarks
            .Select(type => BenchmarkRunner.Run(type, MicroConfig.Brief(type, log).AddFilter(new SimpleFilter(isWanted))))
            .ToList();
        foreach (var report in summaries.SelectMany(summary => summary.Reports))
        {
            var key = report.BenchmarkCase.DisplayInfo;
            var result = new Result(report.BenchmarkCase, AllocatedBy(report));
            if (!results.TryGetValue(key, out var before) || result.Allocated is null || result.Allocated < before.Allocated)
            {
                results[key] = result;
            }
        }

        return summaries.All(summary =>
            !summary.HasCriticalValidationErrors && summary.Reports.Length == summary.BenchmarksCases.Length);
    }

    private static long? AllocatedBy(BenchmarkReport report) =>
        report.Success ? report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) : null;

    private static long? BoundOf(BenchmarkCase benchmark) => AllocationBounds.All
        .Where(bound => bound.Benchmark == NameOf(benchmark))
        .Select(bound => (long?)bound.For(PayloadOf(benchmark)))
        .FirstOrDefault();

    private static int PayloadOf(BenchmarkCase benchmark) =>
        Convert.ToInt32(benchmark.Parameters[nameof(FanOutBenchmarks.Size)], CultureInfo.InvariantCulture);

    private static string NameOf(BenchmarkCase benchmark)
    {
        var type = benchmark.Descriptor.Type.Name;
        return $"{type[..^Ending.Length]}.{benchmark.Descriptor.WorkloadMethod.Name}";
    }

    /// <summary>The result of a benchmark.</summary>
    /// <param name="Benchmark">The benchmark, with its parameters.</param>
    /// <param name="Allocated">The allocated bytes per operation; null if it failed.</param>
    private sealed record Result(BenchmarkCase Benchmark, long? Allocated)
    {
        public bool IsTooMuch => Allocated > BoundOf(Benchmark) + (NoiseBytes / Benchmark.Descriptor.OperationsPerInvoke);

        public string Verdict => (Allocated, BoundOf(Benchmark)) switch
        {
            (null, _) => "FAILED TO RUN",
            (_, null) => "HAS NO BOUND",
            _ => IsTooMuch ? "TOO MUCH" : "",
        };

        public string Line
        {
            get
            {
                var protocol = Benchmark.Parameters.Items.FirstOrDefault(item => item.Name == nameof(FanOutBenchmarks.Protocol));
                var path = $"{NameOf(Benchmark),-42} {PayloadOf(Benchmark),7} {protocol?.Value,-12}";
                return $"{path} {Allocated,9} {BoundOf(Benchmark),9} {Verdict}".TrimEnd();
            }
        }
    }
}
