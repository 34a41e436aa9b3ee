using System.Text.RegularExpressions;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Clients;

/// <summary>
/// The log line of each connection. In a gateway of its own, because of the connections that end for the same fault, more than a hundred
/// in a minute are only counted.
/// </summary>
public sealed partial class ConnectionLogTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task Every_connection_has_one_line_at_its_end_with_who_how_long_how_much_and_why()
    {
        var (polite, id) = await gateway.ConnectKnownAsync(_hub, "alice");
        await polite.InvokeAsync("m");
        await polite.CloseAsync();
        await polite.DisposeAsync();
        var line = await LineAsync(id);

        // Sent: the handshake response, a completion and the Close frame. Received: the invocation, without the handshakes.
        const int Sent = 2 + 3 + 2 + 30 + 4;
        var invocation = """{"type":1,"invocationId":"1","target":"m","arguments":[]}""".Length + 1;
        Assert.Equal(("info", "7002"), (line.Groups["level"].Value, line.Groups["event"].Value));
        Assert.Equal(
            $"of hub {_hub} and user alice over WebSockets ended after # s: ClosedByClient. The gateway sent it 1 messages ({Sent} bytes) and received 1 ({invocation} bytes).",
            Seconds().Replace(line.Groups["text"].Value, "after # s"));
    }

    [Fact]
    public async Task A_client_that_breaks_the_rules_is_a_warning_and_one_that_vanishes_is_not()
    {
        var (rude, rudeId) = await gateway.ConnectKnownAsync(_hub);
        await rude.SendAsync("x");
        await rude.ToEndAsync();
        await rude.DisposeAsync();
        var warning = await LineAsync(rudeId);
        Assert.Equal("warn", warning.Groups["level"].Value);
        Assert.Contains(": BadRequest.", warning.Groups["text"].Value, StringComparison.Ordinal);

        await gateway.UpstreamOf(_hub).NextAsync("disconnected");
        var (lost, lostId) = await gateway.ConnectKnownAsync(_hub);
        await lost.DisposeAsync();
        var information = await LineAsync(lostId);
        Assert.Equal("info", information.Groups["level"].Value);
        Assert.Contains(": TransportLost.", information.Groups["text"].Value, StringComparison.Ordinal);
        Assert.Contains("and user - over", information.Groups["text"].Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_a_socket_is_told_by_its_transport()
    {
        using var polling = await HttpClientPeer.PollingAsync(gateway, _hub);
        (await polling.DeleteAsync()).Dispose();
        Assert.Contains("over LongPolling ended", (await LineAsync(polling.Id)).Groups["text"].Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CloseReason.ClosedByClient, "Information")]
    [InlineData(CloseReason.TransportLost, "Information")]
    [InlineData(CloseReason.NodeStopping, "Information")]
    [InlineData(CloseReason.SlowClient, "Warning")]
    [InlineData(CloseReason.RefusedByUpstream, "Warning")]
    [InlineData(CloseReason.InternalError, "Error")]
    [InlineData(CloseReason.NodeGivenUp, "Error")]
    internal void The_level_says_whose_fault_it_is(CloseReason reason, string level) => Assert.Equal(level, reason.Level().ToString());

    private async Task<Match> LineAsync(string connectionId)
    {
        var found = Match.Empty;
        await Waits.UntilAsync(
            () => (found = Regex.Match(
                gateway.Server.Log,
                $@"(?<level>\w+): Serverless\.Gateway\.Clients\.HubSession\[(?<event>\d+)\]\s+Connection {Regex.Escape(connectionId)} (?<text>.*)")).Success,
            "the connection's line");
        Assert.Single(Regex.Matches(gateway.Server.Log, $"Connection {Regex.Escape(connectionId)} "));
        return found;
    }

    [GeneratedRegex(@"after \d+\.\d s")]
    private static partial Regex Seconds();
}
