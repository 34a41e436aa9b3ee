using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Membership;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Connections;

public sealed class HubConnectionsTests : IDisposable
{
    private readonly TestClients _clients = new();
    private readonly HubConnections _hub = new(TestClients.Hub("chat"), NoInterest.Instance);

    public void Dispose() => _clients.Dispose();

    [Fact]
    public void A_connection_is_found_by_id_user_and_group_until_it_is_removed()
    {
        var client = _clients.Create("u1").Connection;
        _hub.Add(client);
        Assert.True(_hub.AddToGroup(client, "g"));
        Assert.True(_hub.AddToGroup(client, "g"));
        Assert.Same(client, _hub.Find(client.Id));
        foreach (var target in (Target[])[Target.All(), Target.User("u1"), Target.Group("g"), Target.Connection(client.Id)])
        {
            Assert.Same(client, Assert.Single(_hub.Members(target)));
        }

        foreach (var target in (Target[])[Target.User("U1"), Target.Group("G"), Target.User("g"), Target.Connection("x"), Target.All([client.Id])])
        {
            Assert.Empty(_hub.Members(target));
        }

        _hub.Remove(client);
        Assert.Null(_hub.Find(client.Id));
        Assert.Equal(0, _hub.Count);
        Assert.Null(_hub.FindSet(TargetKind.User, "u1"));
        Assert.Null(_hub.FindSet(TargetKind.Group, "g"));
        Assert.False(_hub.AddToGroup(client, "g"));
        Assert.Null(_hub.FindSet(TargetKind.Group, "g"));
    }

    [Fact]
    public void Groups_are_left_one_by_one_or_all_at_once()
    {
        var client = _clients.Create().Connection;
        _hub.Add(client);
        foreach (var group in (string[])["a", "b", "c"])
        {
            _hub.AddToGroup(client, group);
        }

        Assert.True(_hub.RemoveFromGroup(client, "a"));
        Assert.False(_hub.RemoveFromGroup(client, "a"));
        Assert.False(_hub.RemoveFromGroup(client, "never"));
        Assert.Equal(["b", "c"], client.Groups.Names().Order());
        _hub.RemoveFromAllGroups(client);
        Assert.Empty(client.Groups.Names());
        Assert.True(_hub.AddToGroup(client, "a")); // it is still here
    }

    [Fact]
    public async Task Joining_that_races_with_leaving_leaves_nothing_behind()
    {
        for (var round = 0; round < 500; round++)
        {
            var client = _clients.Create("u").Connection;
            _hub.Add(client);
            await Task.WhenAll(
                Task.Run(() => Enumerable.Range(0, 5).All(i => _hub.AddToGroup(client, "g" + i))),
                Task.Run(() => _hub.Remove(client)),
                Task.Run(() => _hub.AddToGroup(client, "g0")));
            Assert.Empty(client.Groups.Names());
            Assert.All(Enumerable.Range(0, 5), i => Assert.Null(_hub.FindSet(TargetKind.Group, "g" + i)));
        }
    }

    [Fact]
    public void A_group_that_empties_and_fills_at_once_loses_nobody()
    {
        var stays = Enumerable.Range(0, 4).Select(_ => _clients.Create().Connection).ToArray();
        Parallel.ForEach(stays, client =>
        {
            _hub.Add(client);
            for (var i = 0; i < 2000; i++)
            {
                Assert.True(_hub.AddToGroup(client, "g"));
                Assert.True(_hub.RemoveFromGroup(client, "g"));
            }

            Assert.True(_hub.AddToGroup(client, "g"));
        });
        Assert.Equal(stays.Length, _hub.Members(Target.Group("g")).Distinct().Count());
        Assert.Equal(stays.Length, _hub.FindSet(TargetKind.Group, "g")!.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task A_message_goes_to_every_member_but_the_excluded_in_each_ones_protocol(int members)
    {
        var set = new MemberSet(diesWhenEmpty: true);
        var clients = Enumerable.Range(0, members)
            .Select(i => _clients.Create(protocol: i % 2 == 0 ? HubProtocol.Json : HubProtocol.MessagePack, handshake: i != 2)).ToArray();
        foreach (var client in clients)
        {
            Assert.True(set.TryAdd(client.Connection));
            Assert.True(set.TryAdd(client.Connection));
        }

        Assert.Equal(members, set.Count);
        set.Send(OutboundMessage.Invocation("m", "[1]"u8.ToArray()), [clients[0].Connection.Id]);
        set.Send(OutboundMessage.Invocation("n", "[]"u8.ToArray()), []);
        await _clients.DrainedAsync();
        for (var i = 0; i < members; i++)
        {
            const string First = """{"type":1,"target":"m","arguments":[1]}␞""";
            const string Second = """{"type":1,"target":"n","arguments":[]}␞""";
            Assert.Equal(i switch { 2 => "", 0 => Second, _ when i % 2 == 0 => First + Second, _ => clients[i].Text }, clients[i].Text);
            Assert.Equal(i == 2, clients[i].Text.Length == 0); // no handshake yet
        }
    }

    [Fact]
    public async Task Concurrent_messages_reach_all_members_of_a_large_set_in_one_order()
    {
        var set = new MemberSet(diesWhenEmpty: false);
        _clients.Options.OutboxBytes = int.MaxValue;
        var clients = Enumerable.Range(0, 30).Select(_ => _clients.Create()).ToArray();
        foreach (var client in clients)
        {
            set.TryAdd(client.Connection);
        }

        Parallel.For(0, 4, sender =>
        {
            for (var i = 0; i < 100; i++)
            {
                set.Send(OutboundMessage.Invocation($"{sender}.{i}", "[]"u8.ToArray()), []);
                _clients.Workers.Wake();
            }
        });
        await _clients.DrainedAsync();
        await Wire.Support.Waits.UntilAsync(() => clients.All(client => client.Text.Count(c => c == '␞') == 400), "everything is written");
        Assert.All(clients, client => Assert.Equal(clients[0].Text, client.Text));
    }

    [Fact]
    public void A_set_stays_whole_while_members_come_go_and_are_sent_to()
    {
        var set = new MemberSet(diesWhenEmpty: false);
        var message = OutboundMessage.Invocation("m", "[]"u8.ToArray());
        Parallel.For(0, 4, worker =>
        {
            var mine = Enumerable.Range(0, 50).Select(_ => _clients.Create().Connection).ToArray();
            for (var round = 0; round < 40; round++)
            {
                foreach (var client in mine)
                {
                    Assert.True(set.TryAdd(client));
                }

                set.Send(message, []);
                Assert.Equal(mine.Length, set.Snapshot().Intersect(mine).Count());
                foreach (var client in mine)
                {
                    Assert.False(set.Remove(client));
                    Assert.False(set.Remove(client));
                }
            }
        });
        Assert.Equal(0, set.Count);
        Assert.Empty(set.Snapshot());
    }

    [Fact]
    public void An_emptied_set_is_dead_if_it_is_one_that_dies()
    {
        var set = new MemberSet(diesWhenEmpty: true);
        var client = _clients.Create().Connection;
        Assert.True(set.TryAdd(client));
        Assert.True(set.Remove(client));
        Assert.False(set.TryAdd(client));
    }

    [Fact]
    public void Used_tokens_are_remembered_until_they_expire()
    {
        var table = new ConnectionTable(NodeId.Create(), _clients.Time);
        var expires = _clients.Time.GetUtcNow().AddSeconds(15);
        Assert.True(table.TryUseToken("c1", expires));
        Assert.False(table.TryUseToken("c1", expires));
        table.ForgetExpiredTokens();
        Assert.False(table.TryUseToken("c1", expires));
        _clients.Time.Advance(TimeSpan.FromSeconds(16));
        table.ForgetExpiredTokens();
        Assert.True(table.TryUseToken("c1", expires));
    }
}
