using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>
/// Runs a fault under traffic: the clients are served again, no message is duplicated or out of order, and the upstream receives each
/// connection's disconnected event once. A line of the test's output states the numbers accepted, delivered and lost.
/// </summary>
internal static class FaultRun
{
    /// <summary>The rounds of each fault, which occurs at different moments of the traffic.</summary>
    public static TheoryData<int> Rounds { get; } = [1, 2];

    /// <summary>Runs with at-most-once delivery: messages in flight at the fault may be lost where the test allows it.</summary>
    public static async Task AtMostOnceAsync(
        ITestOutputHelper output, string fault, int round, bool mayLose, Func<TrafficSystem, Task> act, TimeSpan? nodeTimeout = null, bool asProcesses = false)
    {
        await using var system = await TrafficSystem.StartAsync(mayBreak: true, nodeTimeout: nodeTimeout, asProcesses: asProcesses);
        await SurvivesAsync(output, system, $"{fault}, round {round}", mayLose, act);
    }

    /// <summary>Runs with at-least-once delivery: no message is lost.</summary>
    public static async Task AtLeastOnceAsync(
        ITestOutputHelper output, string fault, int round, Func<TrafficSystem, Task> act, params string[] redisArguments)
    {
        await using var system = await TrafficSystem.StartAsync(mayBreak: true, "AtLeastOnce", nodeTimeout: null, asProcesses: false, redisArguments);
        await SurvivesAsync(output, system, $"{fault}, AtLeastOnce, round {round}", mayLose: false, act);
    }

    private static async Task SurvivesAsync(
        ITestOutputHelper output, TrafficSystem system, string fault, bool mayLose, Func<TrafficSystem, Task> act)
    {
        await Waits.UntilAsync(() => system.Record.Accepted.Count > 100, "messages are accepted");
        await act(system);
        var ended = Stopwatch.GetTimestamp();
        await system.RecoveredAsync();
        var recovered = Stopwatch.GetElapsedTime(ended);
        var accepted = system.Record.Accepted.Count;
        await Waits.UntilAsync(() => system.Record.Accepted.Count > accepted + 100, "messages are accepted again");
        var failed = await system.EndTrafficAsync();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{system.Record.Summary(fault)}, calls refused {failed.Count}, recovered {recovered.TotalSeconds:0.0} s after"));
        var faults = system.Record.Faults();
        if (faults.Count > 0)
        {
            // The nodes' own log lines and metrics.
            foreach (var node in system.Nodes)
            {
                output.WriteLine($"{node.Server.Address}:\n{node.Server.Log}");
            }
        }

        Assert.Empty(system.Troubles);
        Assert.Empty(mayLose ? [.. faults.Where(one => !one.EndsWith("is lost", StringComparison.Ordinal))] : faults);
        await system.EventsArePairsAsync();
    }
}
