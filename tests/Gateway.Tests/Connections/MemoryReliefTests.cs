using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Connections.Upkeep;
using Serverless.Gateway.Limits;

namespace Serverless.Gateway.Tests.Connections;

/// <summary>Tests which clients are closed while the node stays short of memory.</summary>
public sealed class MemoryReliefTests : IDisposable
{
    private const int Limit = 1_000_000;

    private readonly QueuedBytes _queued = QueuedBytes.WithMaxBytes(Limit);
    private readonly TestClients _clients;
    private readonly ConnectionTable _table;
    private readonly MemoryRelief _relief;

    public MemoryReliefTests()
    {
        _clients = new TestClients(_queued) { Options = { OutboxBytes = Limit } };
        _table = new ConnectionTable(NodeId.Create(), _clients.Time);
        _relief = new MemoryRelief(_table, _queued, _clients.Time, NullLogger<MemoryRelief>.Instance);
    }

    public void Dispose()
    {
        _relief.Dispose();
        _clients.Dispose();
    }

    [Fact]
    public void Clients_that_do_not_read_are_closed_largest_first_until_half_of_the_bound_is_free()
    {
        var healthy = Open();
        TestClient[] slow = [Blocked(100_000), Blocked(300_000), Blocked(200_000)];
        Assert.True(_queued.IsTight);
        Tick(MemoryRelief.Patience);

        Assert.Equal([CloseReason.None, CloseReason.NodeFull, CloseReason.None], slow.Select(client => client.Connection.CloseReason));
        Assert.Equal(CloseReason.None, healthy.Connection.CloseReason);
        Assert.False(_queued.IsTight);
        slow[1].Output.Release();
        Assert.True(SpinWait.SpinUntil(() => slow[1].Text.Contains("\"allowReconnect\":true", StringComparison.Ordinal), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void A_moment_of_shortage_closes_no_client()
    {
        var slow = Blocked(600_000);
        Tick(MemoryRelief.Patience - TimeSpan.FromSeconds(1));
        Assert.Equal(CloseReason.None, slow.Connection.CloseReason);
        _queued.Remove(200_000);
        Tick(TimeSpan.FromSeconds(1));
        _queued.Add(200_000);
        Tick(MemoryRelief.Patience - TimeSpan.FromSeconds(1));
        Assert.Equal(CloseReason.None, slow.Connection.CloseReason);
    }

    [Fact]
    public void Unfinished_messages_are_closed_for_room_and_small_ones_only_while_the_node_is_full()
    {
        var large = Unfinished(400_000);
        var small = Unfinished(8_000);
        _queued.Add(200_000); // queued calls
        Tick(MemoryRelief.Patience);
        Assert.Equal((CloseReason.NodeFull, CloseReason.None), (large.Connection.CloseReason, small.Connection.CloseReason));
        _queued.Add(Limit);
        Tick(TimeSpan.FromSeconds(1));
        Assert.Equal(CloseReason.NodeFull, small.Connection.CloseReason);
    }

    private void Tick(TimeSpan time)
    {
        _relief.Tick();
        _clients.Time.Advance(time);
        _relief.Tick();
    }

    private TestClient Open()
    {
        var client = _clients.Create();
        _table.Opened(client.Connection);
        return client;
    }

    private TestClient Blocked(int bytes)
    {
        var client = Open();
        client.Output.Fill();
        client.Connection.Send(TestClients.Frame("x"));
        client.Connection.Send(TestClients.Frame(new string('x', bytes)));
        return client;
    }

    private TestClient Unfinished(int bytes)
    {
        var client = Open();
        client.Connection.UnfinishedBytes = bytes;
        _queued.Add(bytes);
        return client;
    }
}
