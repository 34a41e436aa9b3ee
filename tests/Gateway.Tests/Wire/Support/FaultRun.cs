using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>
/// A fault under traffic: the clients are served again, nothing comes twice or out of order, and the upstream hears of every connection's
/// end once. What was accepted, delivered and lost is told in a line of the test's output.
/// </summary>
internal static class FaultRun
{
    /// <summary>Each fault comes at other moments of the traffic each time.</summary>
    public static TheoryData<int> Rounds { get; } = [1, 2];

    /// <summary>With delivery at most once: what is on its way at the fault may be lost where that is said.</summary>
    public static async Task AtMostOnceAsync(
        ITestOutputHelper output, string fault, int round, bool mayLose, Func<TrafficSystem, Task> act, TimeSpan? nodeTimeout = null)
    {
        await using var system = await TrafficSystem.StartAsync(mayBreak: true, nodeTimeout: nodeTimeout);
        await SurvivesAsync(output, system, $"{fault}, round {round}", mayLose, act);
    }

    /// <summary>With delivery at least once: nothing is lost.</summary>
    public static async Task AtLeastOnceAsync(
        ITestOutputHelper output, string fault, int round, Func<TrafficSystem, Task> act, params string[] redisArguments)
    {
        await using var system = await TrafficSystem.StartAsync(mayBreak: true, "AtLeastOnce", nodeTimeout: null, redisArguments);
        await SurvivesAsync(output, system, $"{fault}, AtLeastOnce, round {round}", mayLose: false, act);
    }

    private static async Task SurvivesAsync(
        ITestOutputHelper output, TrafficSystem system, string fault, bool mayLose, Func<TrafficSystem, Task> act)
    {
        await Waits.UntilAsync(() => system.Record.Accepted.Count > 100, "there is traffic");
        await act(system);
        var ended = Stopwatch.GetTimestamp();
        await system.RecoveredAsync();
        var recovered = Stopwatch.GetElapsedTime(ended);
        var accepted = system.Record.Accepted.Count;
        await Waits.UntilAsync(() => system.Record.Accepted.Count > accepted + 100, "there is traffic again");
        var failed = await system.EndTrafficAsync();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{system.Record.Summary(fault)}, calls refused {failed.Count}, recovered {recovered.TotalSeconds:0.0} s after"));
        var faults = system.Record.Faults();
        if (faults.Count > 0)
        {
            // What the nodes say of it.
            foreach (var node in system.Nodes)
            {
                output.WriteLine($"{node.Process.Address}:\n{node.Process.Log}");
            }
        }

        Assert.Empty(system.Troubles);
        Assert.Empty(mayLose ? [.. faults.Where(one => !one.EndsWith("is lost", StringComparison.Ordinal))] : faults);
        await system.EventsArePairsAsync();
    }
}
