using System.Diagnostics;
using System.Globalization;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Processes;
using Xunit.Abstractions;

namespace Serverless.Gateway.Tests.Wire;

/// <summary>
/// A fault under traffic: the clients are served again, nothing comes twice or out of order, and the upstream hears of every connection's
/// end once. What a fault may lose (messages are delivered at most once) is told in a line of the test's output.
/// </summary>
public sealed class FaultTableTests(ITestOutputHelper output)
{
    [Fact]
    public Task A_killed_node() => SurvivesAsync("node killed", mayLose: true, system => system.Nodes[0].Process.KillAsync());

    [Fact]
    public Task A_node_that_is_frozen_and_wakes() => SurvivesAsync("node frozen until it was given up", mayLose: true, async system =>
    {
        await SignalAsync(system.Nodes[0].Process, "STOP");
        await Waits.UntilAsync(
            () => system.Nodes.Skip(1).Any(node => node.Process.Log.Contains("has not been heard of", StringComparison.Ordinal)), "it is given up");
        await SignalAsync(system.Nodes[0].Process, "CONT");
        var sessions = system.Record.Sessions.Count;
        await Waits.UntilAsync(() => system.Record.Sessions.Count > sessions, "its clients were given up, and have come back");
    });

    [Fact]
    public Task A_restart_of_redis() => SurvivesAsync("Redis restarted without its data", mayLose: true, async system =>
    {
        await system.Redis.KillAsync();
        await system.Redis.RestartAsync();
    });

    [Fact]
    public Task A_slow_redis() => SurvivesAsync("Redis slow by 100 ms each way", mayLose: false, async system =>
    {
        foreach (var node in system.Nodes)
        {
            node.Redis.Delay = TimeSpan.FromMilliseconds(100);
        }

        await system.RecoveredAsync();
        foreach (var node in system.Nodes)
        {
            node.Redis.Delay = TimeSpan.Zero;
        }
    });

    [Fact]
    public Task A_node_cut_off_from_redis() => SurvivesAsync("node cut off from Redis for 1 s", mayLose: true, async system =>
    {
        system.Nodes[0].Redis.Cut();
        await Task.Delay(TimeSpan.FromSeconds(1)); // within the node time-out
        system.Nodes[0].Redis.Mend();
    });

    [Fact]
    public Task A_node_cut_off_from_redis_with_delivery_at_least_once() => LosesNothingAsync(
        "node cut off from Redis for 1 s, AtLeastOnce",
        async system =>
        {
            system.Nodes[0].Redis.Cut();
            await Task.Delay(TimeSpan.FromSeconds(1)); // within the node time-out
            system.Nodes[0].Redis.Mend();
        });

    [Fact]
    public Task A_node_that_is_given_up_with_delivery_at_least_once() => LosesNothingAsync(
        "node cut off from Redis until it is given up, AtLeastOnce",
        async system =>
        {
            system.Nodes[0].Redis.Cut();
            await Task.Delay(TimeSpan.FromSeconds(4)); // past the node time-out
            var sessions = system.Record.Sessions.Count;
            system.Nodes[0].Redis.Mend();
            await Waits.UntilAsync(() => system.Record.Sessions.Count > sessions, "its clients were given up, and have come back");
        });

    [Fact]
    public Task A_restart_of_redis_with_its_log_and_delivery_at_least_once() => LosesNothingAsync(
        "Redis restarted with AOF, AtLeastOnce",
        async system =>
        {
            await system.Redis.KillAsync();
            await system.Redis.RestartAsync();
        },
        "--appendonly",
        "yes");

    private static async Task SignalAsync(ServerProcess node, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", node.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private async Task LosesNothingAsync(string fault, Func<TrafficSystem, Task> act, params string[] redisArguments)
    {
        await using var system = await TrafficSystem.StartAsync(mayBreak: true, "AtLeastOnce", redisArguments);
        await SurvivesAsync(system, fault, mayLose: false, act);
    }

    private async Task SurvivesAsync(string fault, bool mayLose, Func<TrafficSystem, Task> act)
    {
        await using var system = await TrafficSystem.StartAsync(mayBreak: true);
        await SurvivesAsync(system, fault, mayLose, act);
    }

    private async Task SurvivesAsync(TrafficSystem system, string fault, bool mayLose, Func<TrafficSystem, Task> act)
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
        Assert.Empty(system.Troubles);
        var faults = system.Record.Faults();
        Assert.Empty(mayLose ? [.. faults.Where(one => !one.EndsWith("is lost", StringComparison.Ordinal))] : faults);
        await system.EventsArePairsAsync();
    }
}
