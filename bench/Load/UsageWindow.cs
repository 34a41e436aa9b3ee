using System.Diagnostics;

namespace Serverless.Load;

/// <summary>The CPU time used in a window of time.</summary>
internal sealed record Usage(TimeSpan Time, TimeSpan Server, TimeSpan Load, TimeSpan Others, long ServerSwitches)
{
    /// <summary>The share of the machine that processes outside of the benchmark took.</summary>
    internal double OthersShare => Math.Max(0, Others / (Time * Environment.ProcessorCount));
}

/// <summary>Reads the CPU time of all processes at the start and at the end of a window.</summary>
internal sealed class UsageWindow
{
    private readonly int[] _servers;
    private readonly int[] _helpers;
    private readonly Readings _start;

    internal UsageWindow(ServerProcess server, UpstreamProcess upstream)
        : this([server.Id], [upstream.Id])
    {
    }

    /// <param name="servers">The processes under test.</param>
    /// <param name="helpers">The processes that are part of the benchmark.</param>
    internal UsageWindow(int[] servers, int[] helpers)
    {
        _servers = servers;
        _helpers = helpers;
        _start = Read();
    }

    internal Usage Close()
    {
        var end = Read();
        var server = end.Server - _start.Server;
        var load = end.Load - _start.Load;
        var helpers = end.Helpers - _start.Helpers;
        var others = end.Machine - _start.Machine - server - load - helpers;
        return new Usage(Stopwatch.GetElapsedTime(_start.Timestamp, end.Timestamp), server, load, others, end.Switches - _start.Switches);
    }

    private Readings Read() => new(
        Stopwatch.GetTimestamp(),
        Cpu(_servers),
        ProcessReading.Cpu(Environment.ProcessId),
        Cpu(_helpers),
        ProcessReading.MachineCpu(),
        _servers.Sum(ProcessReading.VoluntarySwitches));

    private static TimeSpan Cpu(int[] processes) => processes.Aggregate(TimeSpan.Zero, static (sum, one) => sum + ProcessReading.Cpu(one));

    private sealed record Readings(long Timestamp, TimeSpan Server, TimeSpan Load, TimeSpan Helpers, TimeSpan Machine, long Switches);
}
