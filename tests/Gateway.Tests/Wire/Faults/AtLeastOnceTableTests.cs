using Serverless.Gateway.Tests.Wire.Support;
using Xunit.Abstractions;

namespace Serverless.Gateway.Tests.Wire.Faults;

/// <summary>Tests with a time limit, for which other tests would take too much of the machine.</summary>
[CollectionDefinition(nameof(AloneTests), DisableParallelization = true)]
public sealed class AloneTests;

/// <summary>Faults under traffic, twice each, with at-least-once delivery: no message is lost.</summary>
[Collection(nameof(AloneTests))]
public sealed class AtLeastOnceTableTests(ITestOutputHelper output)
{
    public static TheoryData<int> Rounds => FaultRun.Rounds;

    [Theory]
    [MemberData(nameof(Rounds))]
    public Task A_node_cut_off_from_redis(int round) => LosesNothingAsync("node cut off from Redis for 1 s", round, async system =>
    {
        system.Nodes[0].Redis.Cut();
        await Task.Delay(TimeSpan.FromSeconds(1)); // within the node time-out
        system.Nodes[0].Redis.Mend();
    });

    [Theory]
    [MemberData(nameof(Rounds))]
    public Task A_node_that_is_given_up(int round) => LosesNothingAsync("node cut off from Redis until it is given up", round, async system =>
    {
        system.Nodes[0].Redis.Cut();
        await Task.Delay(TimeSpan.FromSeconds(4)); // past the node time-out
        var sessions = system.Record.Sessions.Count;
        system.Nodes[0].Redis.Mend();
        await Waits.UntilAsync(() => system.Record.Sessions.Count > sessions, "the node's clients were given up and have reconnected");
    });

    [Theory]
    [MemberData(nameof(Rounds))]
    public Task A_restart_of_redis_with_its_log(int round) => LosesNothingAsync(
        "Redis restarted with AOF",
        round,
        async system =>
        {
            await system.Redis.KillAsync();
            await system.Redis.RestartAsync();
        },
        "--appendonly",
        "yes");

    private Task LosesNothingAsync(string fault, int round, Func<TrafficSystem, Task> act, params string[] redisArguments) =>
        FaultRun.AtLeastOnceAsync(output, fault, round, act, redisArguments);
}
