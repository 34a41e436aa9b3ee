using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Connections.Upkeep;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Connections;

public sealed class HeartbeatTests : IDisposable
{
    private readonly TestClients _clients = new();
    private readonly ConnectionTable _table;
    private readonly Heartbeat _heartbeat;

    public HeartbeatTests()
    {
        _table = new ConnectionTable(NodeId.Create(), _clients.Time);
        _heartbeat = new Heartbeat(_table, _clients.Workers, Options.Create(_clients.Options), _clients.Time, NullLogger<Heartbeat>.Instance);
    }

    public void Dispose()
    {
        _heartbeat.Dispose();
        _clients.Dispose();
    }

    [Fact]
    public async Task Everyone_is_pinged_every_15_seconds_whatever_else_is_sent()
    {
        var json = Open();
        var messagePack = Open(HubProtocol.MessagePack);
        await TickAfterAsync(14.9);
        Assert.Equal("", json.Text);
        json.Connection.Send(TestClients.Frame("x"));
        await TickAfterAsync(0.2);
        Assert.Equal("""x{"type":6}␞""", json.Text);
        Assert.Equal("\u0002\ufffd\u0006", messagePack.Output.Text); // 02 91 06
        await TickAfterAsync(14.9);
        Assert.Equal("""x{"type":6}␞""", json.Text);
        await TickAfterAsync(0.2);
        Assert.Equal("""x{"type":6}␞{"type":6}␞""", json.Text);
    }

    [Fact]
    public async Task A_client_that_never_pinged_may_be_silent_for_ever()
    {
        var client = Open();
        for (var i = 0; i < 100; i++)
        {
            await TickAfterAsync(60);
        }

        Assert.False(client.Connection.IsClosing);
    }

    [Fact]
    public async Task A_client_that_has_pinged_is_closed_after_30_silent_seconds()
    {
        var client = Open();
        client.Connection.HasPinged = true;
        await TickAfterAsync(29.9);
        Assert.False(client.Connection.IsClosing);
        client.Connection.Heard();
        await TickAfterAsync(29.9);
        Assert.False(client.Connection.IsClosing);
        await TickAfterAsync(0.2);
        Assert.Equal(CloseReason.ClientTimeout, client.Connection.CloseReason);
        Assert.Null(client.Connection.Error); // no error goes upstream (docs/contract/upstream-requests.md#order-concurrency-and-limits)
        Assert.EndsWith("""{"type":7,"error":"Connection closed with an error.","allowReconnect":true}␞|""", client.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_means_nothing_while_reading_is_held()
    {
        var client = Open();
        client.Connection.HasPinged = true;
        client.Connection.ReadingHeld = true;
        await TickAfterAsync(300);
        Assert.False(client.Connection.IsClosing);
        client.Connection.ReadingHeld = false;
        await TickAfterAsync(0);
        Assert.True(client.Connection.IsClosing);
    }

    [Theory]
    [InlineData(null, 15)]
    [InlineData("""{"asrs.s.cht":"3"}""", 3)]
    [InlineData("""{"asrs.s.cht":"30"}""", 30)]
    public async Task A_handshake_has_its_time(string? payload, double seconds)
    {
        var client = _clients.Create(handshake: false, payload: payload);
        _table.Opened(client.Connection);
        await TickAfterAsync(seconds - 0.1);
        Assert.Equal("", client.Text);
        await TickAfterAsync(0.2);
        Assert.Equal("""{"error":"Handshake was canceled."}␞|""", client.Text);
        Assert.Equal(CloseReason.HandshakeFailed, client.Connection.CloseReason);
    }

    // FakeTime begins at 1803859198.765
    [Theory]
    [InlineData("""{"asrs.s.coae":"true","asrs.s.aeo":"1803859258","exp":4102444800}""", false, 59.3)]
    [InlineData("""{"asrs.s.coae":true,"asrs.s.aeo":1803859258}""", false, 59.3)]
    [InlineData("""{"asrs.s.coae":"true","exp":1803859258}""", false, 59.3)]
    [InlineData("""{"exp":1803859258}""", true, 59.3)]
    [InlineData("""{"exp":1803859258}""", false, null)]
    [InlineData("""{"asrs.s.aeo":"1803859258","exp":1803859258}""", false, null)]
    [InlineData("""{"asrs.s.coae":"false","exp":1803859258}""", false, null)]
    [InlineData("""{"asrs.s.coae":"true","asrs.s.aeo":"99999999999999999","exp":1803859258}""", false, 59.3)]
    public async Task Who_asks_for_it_or_everyone_is_closed_when_the_authentication_expires(string payload, bool everyone, double? seconds)
    {
        _clients.Options.CloseOnAuthenticationExpiration = everyone;
        using var heartbeat = new Heartbeat(
            _table, _clients.Workers, Options.Create(_clients.Options), _clients.Time, NullLogger<Heartbeat>.Instance);
        var client = _clients.Create(payload: payload);
        _table.Opened(client.Connection);
        _clients.Time.Advance(TimeSpan.FromSeconds((seconds ?? 600) - 0.2));
        heartbeat.Tick();
        Assert.False(client.Connection.IsClosing);
        _clients.Time.Advance(TimeSpan.FromSeconds(0.2));
        heartbeat.Tick();
        await _clients.DrainedAsync();
        Assert.Equal(seconds is null ? CloseReason.None : CloseReason.AuthenticationExpired, client.Connection.CloseReason);
        if (seconds is not null)
        {
            Assert.Null(client.Connection.Error);
            Assert.EndsWith(
                """{"type":7,"error":"The connection's authentication has expired. Connect again with a new access token.","allowReconnect":true}␞|""",
                client.Text,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_was_told_to_close_and_stays_is_cut_off_after_five_seconds()
    {
        var client = Open();
        client.Connection.Close(CloseReason.ClosedByApi, null, "upstream");
        await TickAfterAsync(4.9);
        Assert.Equal(0, client.Aborts);
        await TickAfterAsync(0.2);
        Assert.Equal(1, client.Aborts);
        Assert.Equal((CloseReason.ClosedByApi, "upstream"), (client.Connection.CloseReason, client.Connection.Error));
    }

    [Fact]
    public async Task Who_has_gone_is_looked_at_no_more()
    {
        var client = Open();
        _table.Closed(client.Connection);
        await TickAfterAsync(1000);
        Assert.Equal("", client.Text);
    }

    [Fact]
    public async Task One_connection_that_fails_keeps_nobody_else_from_being_looked_at()
    {
        var clients = Enumerable.Range(0, 10).Select(_ => Open()).ToArray();
        foreach (var client in clients)
        {
            client.Output.WhileWriting = () => throw new InvalidOperationException("a bug");
        }

        var good = Open();
        await TickAfterAsync(15.1);
        Assert.Equal("""{"type":6}␞""", good.Text);
    }

    [Fact]
    public async Task It_beats_by_itself()
    {
        var client = Open();
        await _heartbeat.StartAsync(CancellationToken.None);
        await Waits.UntilAsync(
            () =>
            {
                _clients.Time.Advance(TimeSpan.FromSeconds(1));
                return client.Text.Contains("""{"type":6}""", StringComparison.Ordinal);
            },
            "a ping");
        await _heartbeat.StopAsync(CancellationToken.None);
    }

    private TestClient Open(HubProtocol? protocol = null)
    {
        var client = _clients.Create(protocol: protocol);
        _table.Opened(client.Connection);
        return client;
    }

    private async Task TickAfterAsync(double seconds)
    {
        _clients.Time.Advance(TimeSpan.FromSeconds(seconds));
        _heartbeat.Tick();
        await _clients.DrainedAsync();
    }
}
