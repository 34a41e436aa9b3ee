using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Tests.Connections;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Routing;

public sealed class FanOutGateTests
{
    [Fact]
    public async Task When_the_workers_fall_behind_publishers_wait_and_then_are_refused_and_no_client_is_closed()
    {
        using var clients = new TestClients();
        clients.Options.OutboxBytes = 10_000;
        var gate = new FanOutGate(clients.Workers);
        var members = new MemberSet(diesWhenEmpty: false);
        using var stuck = new ManualResetEventSlim();
        var all = Enumerable.Range(0, 40).Select(_ => clients.Create()).ToArray();
        foreach (var client in all)
        {
            client.Output.WhileWriting = () => stuck.Wait(Waits.Limit); // the node is slow, not the client
            members.TryAdd(client.Connection);
        }

        var answers = new List<Task<bool>>();
        for (var i = 0; i < 600; i++)
        {
            answers.Add(gate.SendAsync(members, OutboundMessage.Invocation("m", "[1]"u8.ToArray()), []).AsTask());
        }

        Assert.All(answers[..4], answer => Assert.True(answer.IsCompletedSuccessfully && answer.Result));
        Assert.All(answers[4..512], answer => Assert.False(answer.IsCompleted));
        Assert.All(answers[512..], answer => Assert.True(answer.IsCompletedSuccessfully && !answer.Result));
        Assert.All(all, client => Assert.False(client.Connection.IsClosing));

        stuck.Set();
        foreach (var answer in answers[4..512])
        {
            Assert.True(await answer.WaitAsync(Waits.Limit));
        }

        await Waits.UntilAsync(() => all.All(client => client.Text.Count(c => c == '␞') == 512), "everything accepted is written");
        Assert.True(await gate.SendAsync(members, OutboundMessage.Invocation("m", "[1]"u8.ToArray()), []));
    }

    [Fact]
    public async Task A_few_receivers_are_written_to_by_the_publisher_itself()
    {
        using var clients = new TestClients();
        var members = new MemberSet(diesWhenEmpty: false);
        var client = clients.Create();
        members.TryAdd(client.Connection);
        Assert.True(await new FanOutGate(clients.Workers).SendAsync(members, OutboundMessage.Invocation("m", "[1]"u8.ToArray()), []));
        Assert.Equal("""{"type":1,"target":"m","arguments":[1]}␞""", client.Text);
    }
}
