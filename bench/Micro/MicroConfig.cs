using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Serverless.Micro;

/// <summary>The benchmarks and their configuration. They run in this process, so that no project is generated and built for them.</summary>
internal static class MicroConfig
{
    private const string ArtifactsPath = "artifacts/micro";

    /// <summary>The benchmark classes, one per path.</summary>
    public static Type[] Benchmarks { get; } =
    [
        typeof(HubMessageBenchmarks),
        typeof(WebSocketFrameBenchmarks),
        typeof(UnmaskBenchmarks),
        typeof(EncodingBenchmarks),
        typeof(FanOutBenchmarks),
        typeof(OutboxBenchmarks),
        typeof(UpstreamBenchmarks),
        typeof(HubCallBenchmarks),
        typeof(TranscodingBenchmarks),
        typeof(MessagePackBenchmarks),
        typeof(BackplaneBenchmarks),
        typeof(CountingBenchmarks),
        typeof(RespReaderBenchmarks),
    ];

    /// <summary>The configuration for figures, which takes a few seconds per benchmark.</summary>
    public static ManualConfig Full { get; } = Create(Job.Default
        .WithIterationTime(TimeInterval.FromMilliseconds(250))
        .WithWarmupCount(3)
        .WithIterationCount(8))
        .AddLogger(ConsoleLogger.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddExporter(MarkdownExporter.GitHub);

    /// <summary>
    /// Creates the configuration for allocated bytes only, as short as they stay the same. BenchmarkDotNet itself allocates some kilobytes
    /// meanwhile, which many operations make negligible; operations of a millisecond or more get fewer runs and a wider bound.
    /// </summary>
    public static ManualConfig Brief(Type benchmarks, ILogger logger) => Create(Job.Dry
        .WithStrategy(RunStrategy.Throughput)
        .WithMinInvokeCount(benchmarks == typeof(RespReaderBenchmarks) ? 1 : benchmarks == typeof(FanOutBenchmarks) ? 64 : 1024)
        .WithUnrollFactor(benchmarks == typeof(RespReaderBenchmarks) ? 1 : 16)
        .WithIterationTime(TimeInterval.FromMilliseconds(10))
        .WithWarmupCount(1)
        .WithIterationCount(1)
        .WithEvaluateOverhead(false))
        .AddLogger(logger)
        .AddColumnProvider(DefaultColumnProviders.Instance);

    private static ManualConfig Create(Job job) => ManualConfig.CreateEmpty()
        .AddJob(job.WithToolchain(InProcessEmitToolchain.Instance))
        .AddDiagnoser(MemoryDiagnoser.Default)
        .WithArtifactsPath(ArtifactsPath);
}
