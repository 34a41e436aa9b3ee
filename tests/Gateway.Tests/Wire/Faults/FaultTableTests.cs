using Serverless.Gateway.Tests.Wire.Support;
using Xunit.Abstractions;

namespace Serverless.Gateway.Tests.Wire.Faults;

/// <summary>Faults of nodes under traffic, twice each, with at-most-once delivery.</summary>
public sealed class FaultTableTests(ITestOutputHelper output)
{
    public static TheoryData<int> Rounds => FaultRun.Rounds;

    [Theory]
    [MemberData(nameof(Rounds))]
    public Task A_killed_node(int round) => SurvivesAsync("node killed", round, mayLose: true, system => system.Nodes[0].Process.KillAsync());

    [Theory]
    [MemberData(nameof(Rounds))]
    public Task A_node_that_is_frozen_and_wakes(int round) => SurvivesAsync("node frozen until it was given up", round, mayLose: true, async system =>
    {
        system.Nodes[0].Process.Freeze();
        await Waits.UntilAsync(
            () => system.Nodes.Skip(1).Any(node => node.Server.Log.Contains("has not been heard of", StringComparison.Ordinal)), "the node is given up");
        system.Nodes[0].Process.Thaw();
        var sessions = system.Record.Sessions.Count;
        await Waits.UntilAsync(() => system.Record.Sessions.Count > sessions, "the node's clients were given up and have reconnected");
    });

    private Task SurvivesAsync(string fault, int round, bool mayLose, Func<TrafficSystem, Task> act) =>
        FaultRun.AtMostOnceAsync(output, fault, round, mayLose, act, asProcesses: true);
}

/// <summary>Faults of Redis, and of the way to it, under traffic, twice each, with at-most-once delivery.</summary>
public sealed class RedisFaultTableTests(ITestOutputHelper output)
{
    public static TheoryData<int> Rounds => FaultRun.Rounds;

    [Theory]
    [MemberData(nameof(Rounds))]
    public Task A_restart_of_redis(int round) => SurvivesAsync("Redis restarted without its data", round, mayLose: true, async system =>
    {
        await system.Redis.KillAsync();
        await system.Redis.RestartAsync();
    });

    // With the default node time-out: on a busy machine, the slow link could silence a node for the two seconds of the other tests.
    [Theory]
    [MemberData(nameof(Rounds))]
    public Task A_slow_redis(int round) => SurvivesAsync("Redis slow by 100 ms each way", round, mayLose: false, async system =>
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
    }, nodeTimeout: TimeSpan.FromSeconds(15));

    [Theory]
    [MemberData(nameof(Rounds))]
    public Task A_node_cut_off_from_redis(int round) => SurvivesAsync("node cut off from Redis for 1 s", round, mayLose: true, async system =>
    {
        system.Nodes[0].Redis.Cut();
        await Task.Delay(TimeSpan.FromSeconds(1)); // within the node time-out
        system.Nodes[0].Redis.Mend();
    });

    private Task SurvivesAsync(string fault, int round, bool mayLose, Func<TrafficSystem, Task> act, TimeSpan? nodeTimeout = null) =>
        FaultRun.AtMostOnceAsync(output, fault, round, mayLose, act, nodeTimeout);
}
