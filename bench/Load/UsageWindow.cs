using System.Diagnostics;

namespace Serverless.Load;

/// <summary>What was used in a stretch of time.</summary>
internal sealed record Usage(TimeSpan Time, TimeSpan Server, TimeSpan Load, TimeSpan Others, long ServerSwitches)
{
    /// <summary>The part of the machine that processes outside the benchmark took.</summary>
    internal double OthersShare => Math.Max(0, Others / (Time * Environment.ProcessorCount));
}

/// <summary>Reads what everyone has used at the start, and at the end what they used since.</summary>
internal sealed class UsageWindow
{
    private readonly int _server;
    private readonly int _upstream;
    private readonly Readings _start;

    internal UsageWindow(ServerProcess server, UpstreamProcess upstream)
    {
        _server = server.Id;
        _upstream = upstream.Id;
        _start = Read();
    }

    internal Usage Close()
    {
        var end = Read();
        var server = end.Server - _start.Server;
        var load = end.Load - _start.Load;
        var upstream = end.Upstream - _start.Upstream;
        var others = end.Machine - _start.Machine - server - load - upstream;
        return new Usage(Stopwatch.GetElapsedTime(_start.Timestamp, end.Timestamp), server, load, others, end.Switches - _start.Switches);
    }

    private Readings Read() => new(
        Stopwatch.GetTimestamp(),
        ProcessReading.Cpu(_server),
        ProcessReading.Cpu(Environment.ProcessId),
        ProcessReading.Cpu(_upstream),
        ProcessReading.MachineCpu(),
        ProcessReading.VoluntarySwitches(_server));

    private sealed record Readings(long Timestamp, TimeSpan Server, TimeSpan Load, TimeSpan Upstream, TimeSpan Machine, long Switches);
}
