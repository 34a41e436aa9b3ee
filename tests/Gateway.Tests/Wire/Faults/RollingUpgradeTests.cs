using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Support.Processes;
using Serverless.Support.Redis;
using Xunit.Abstractions;

namespace Serverless.Gateway.Tests.Wire.Faults;

/// <summary>Nodes stop and others start, behind a load balancer without affinity.</summary>
public sealed class RollingUpgradeTests(ITestOutputHelper output)
{
    public static TheoryData<int> Rounds => FaultRun.Rounds;

    [Theory]
    [MemberData(nameof(Rounds))]
    public async Task Three_nodes_are_replaced_under_traffic_and_nothing_that_was_accepted_is_lost(int round)
    {
        await using var system = await TrafficSystem.StartAsync(mayBreak: false, asProcesses: true);
        var first = system.Record.Sessions.Count;
        for (var i = 0; i < 3; i++)
        {
            await system.StartNodeAsync();
            var old = system.Nodes[i].Process;
            Assert.Equal(0, await old.StopAsync());
            system.Proxy.Remove(old.Address);
        }

        await system.RecoveredAsync();
        Assert.All(system.Nodes, node => Assert.DoesNotContain("Messages over Redis were refused", node.Process.Log, StringComparison.Ordinal));
        Assert.Empty(await system.EndTrafficAsync());
        output.WriteLine(system.Record.Summary($"rolling upgrade, round {round}"));
        Assert.Empty(system.Troubles);
        Assert.Empty(system.Record.Faults());
        Assert.True(system.Record.Sessions.Count > first, "clients have moved");
        Assert.True(system.Record.Accepted.Select(message => message.Node).Distinct().Count() > 3, "old and new nodes took calls");
        await system.EventsArePairsAsync();
    }

    [Fact]
    public async Task A_node_without_clients_and_calls_leaves_at_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var node = await ServerProcess.StartAsync(BuiltProgram.Gateway, "/api/health", null, new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DOTNET_ENVIRONMENT"] = null,
            ["Gateway__AccessKeys__0"] = GatewayFixture.Key,
            ["Gateway__Redis"] = redis.Address,
            ["Gateway__Nodes__DrainTime"] = "01:00:00",
        });

        // Within the time limit of stopping, a few seconds.
        Assert.Equal(0, await node.StopAsync());
    }
}
