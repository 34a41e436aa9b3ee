using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Connections;

public sealed class ClientConnectionTests : IDisposable
{
    private readonly TestClients _clients = new();

    public void Dispose() => _clients.Dispose();

    [Fact]
    public async Task The_first_reason_to_close_counts()
    {
        var client = _clients.Create();
        var ended = client.Connection.WaitForOutputEndAsync();
        client.Connection.Close(CloseReason.ClosedByApi, "why", "upstream");
        client.Connection.Close(CloseReason.NodeStopping, "other", "other");
        client.Connection.CloseByClient("other");
        client.Connection.RefuseHandshake("other");
        client.Connection.Ended();
        await ended.WaitAsync(Waits.Limit);
        Assert.Equal("""{"type":7,"error":"why","allowReconnect":true}␞|""", client.Text);
        Assert.Equal((CloseReason.ClosedByApi, "upstream"), (client.Connection.CloseReason, client.Connection.Error));
        Assert.Equal(0, client.Aborts);
    }

    [Fact]
    public void Without_a_protocol_there_is_no_close_message_but_an_end()
    {
        var client = _clients.Create(handshake: false);
        client.Connection.Close(CloseReason.NodeStopping, "why");
        Assert.Equal("|", client.Text);
    }

    [Fact]
    public void A_client_that_leaves_gets_the_transports_end_only()
    {
        var client = _clients.Create();
        client.Connection.CloseByClient();
        client.Connection.Send(TestClients.Frame("late"));
        Assert.Equal("|", client.Text);
        Assert.Null(client.Connection.Error);
    }

    [Fact]
    public async Task A_slow_client_is_closed_with_a_reason_and_whoever_sends_never_waits()
    {
        var client = _clients.Create();
        client.Output.Fill();
        for (var i = 0; i < 20; i++)
        {
            client.Connection.Send(TestClients.Frame(new string('x', 98)));
        }

        Assert.Equal(CloseReason.SlowClient, client.Connection.CloseReason);
        Assert.Equal("The connection was closed because messages were not read fast enough.", client.Connection.Error);
        client.Output.Release();
        await Waits.UntilAsync(() => client.Text.EndsWith('|'), "the end is written");
        Assert.Equal(
            new string('x', 98) + """{"type":7,"error":"The connection was closed because messages were not read fast enough.","allowReconnect":true}␞|""",
            client.Text);
    }

    [Fact]
    public async Task A_transport_that_breaks_is_aborted_and_reported()
    {
        var client = _clients.Create();
        var ended = client.Connection.WaitForOutputEndAsync();
        client.Output.Break();
        client.Connection.Send(TestClients.Frame("x"));
        await ended.WaitAsync(Waits.Limit);
        Assert.Equal((CloseReason.TransportLost, 1), (client.Connection.CloseReason, client.Aborts));
        Assert.Equal("The connection to the client was lost.", client.Connection.Error);
    }

    [Fact]
    public void Closing_is_overdue_after_its_grace()
    {
        var client = _clients.Create();
        Assert.False(client.Connection.IsOverdue(long.MaxValue));
        client.Connection.Close(CloseReason.ClosedByApi, null);
        _clients.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(client.Connection.IsOverdue(_clients.Time.GetTimestamp()));
        _clients.Time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(client.Connection.IsOverdue(_clients.Time.GetTimestamp()));
    }

    [Fact]
    public async Task Waiting_for_the_end_ends_also_when_it_begins_late_or_twice()
    {
        var client = _clients.Create();
        var early = client.Connection.WaitForOutputEndAsync();
        client.Connection.CloseByClient();
        await early.WaitAsync(Waits.Limit);
        await client.Connection.WaitForOutputEndAsync().WaitAsync(Waits.Limit);
        client.Connection.Abort(CloseReason.InternalError, "x");
        await client.Connection.WaitForOutputEndAsync().WaitAsync(Waits.Limit);
    }

    [Fact]
    public void A_full_socket_gets_no_ping()
    {
        var client = _clients.Create(protocol: HubProtocol.Json);
        client.Output.Fill();
        client.Connection.Send(TestClients.Frame("x"));
        for (var i = 0; i < 1000; i++)
        {
            client.Connection.Ping(HubProtocol.Json);
        }

        Assert.False(client.Connection.IsClosing);
    }
}
