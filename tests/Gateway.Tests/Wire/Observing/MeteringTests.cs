using System.Text;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>
/// The examples of the service's documentation, exact to the unit, through the whole gateway
/// (docs/contract/limits-and-metering.md#metered-messages).
/// </summary>
public sealed class MeteringTests(MeteredGateway gateway) : IClassFixture<MeteredGateway>
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData(1024, 3)]
    [InlineData(2048, 3)]
    [InlineData(2049, 6)]
    [InlineData(4096, 6)]
    [InlineData(4097, 9)]
    public async Task A_broadcast_to_three_clients_counts_three_times(int bytes, int units)
    {
        await using var a = await gateway.ConnectAsync(_hub);
        await using var b = await gateway.ConnectAsync(_hub);
        await using var c = await gateway.ConnectAsync(_hub);
        await BroadcastAsync(bytes);
        foreach (var client in (HubPeer[])[a, b, c])
        {
            Assert.Equal(bytes, Encoding.UTF8.GetByteCount(await client.NextAsync()) + 1);
        }

        await gateway.UnitsBecomeAsync(_hub, units, 0);
        await SendLastAsync([a, b, c]);
        await gateway.UnitsBecomeAsync(_hub, units + 3, 0);
    }

    [Fact]
    public async Task One_kilobyte_from_client_to_client_is_one_unit_to_the_client_and_one_to_the_upstream()
    {
        var (a, _) = await gateway.ConnectKnownAsync(_hub);
        var (b, idOfB) = await gateway.ConnectKnownAsync(_hub);
        await using (a)
        await using (b)
        {
            gateway.UpstreamOf(_hub).Answer = PassOnAsync($"/api/hubs/{_hub}/connections/{idOfB}/:send", 1024);
            await a.SendAsync(Invocation(1024));
            Assert.Equal(1024, Encoding.UTF8.GetByteCount(await b.NextAsync()) + 1);
            Assert.Equal(1024 - 1, (await gateway.UpstreamOf(_hub).NextAsync("m")).Body.Length); // without the framing
            await gateway.UnitsBecomeAsync(_hub, 1, 1);
        }
    }

    [Fact]
    public async Task Four_kilobytes_that_a_function_passes_on_to_three_clients_are_six_units_and_two()
    {
        await using var a = await gateway.ConnectAsync(_hub);
        await using var b = await gateway.ConnectAsync(_hub, protocol: HubProtocol.Json);
        await using var c = await gateway.ConnectAsync(_hub);
        gateway.UpstreamOf(_hub).Answer = PassOnAsync($"/api/hubs/{_hub}/:send", 4096);
        await a.SendAsync(Invocation(4096));
        foreach (var client in (HubPeer[])[a, b, c])
        {
            Assert.Equal(4096, Encoding.UTF8.GetByteCount(await client.NextAsync()) + 1);
        }

        await gateway.UnitsBecomeAsync(_hub, 6, 2);
        gateway.UpstreamOf(_hub).Answer = static (_, _) => Task.CompletedTask;
        await SendLastAsync([a, b, c]);
        await gateway.UnitsBecomeAsync(_hub, 9, 2);
    }

    [Theory]
    [InlineData(2048, 1)]
    [InlineData(2049, 2)]
    public async Task The_boundary_to_the_upstream_is_two_kilobytes_too(int bytes, int units)
    {
        await using var a = await gateway.ConnectAsync(_hub);
        await a.SendAsync(Invocation(bytes));
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        Assert.Equal(bytes - 1, (await gateway.UpstreamOf(_hub).NextAsync("m")).Body.Length);
        await gateway.UnitsBecomeAsync(_hub, 0, units);
    }

    [Fact]
    public async Task Completions_count_and_so_does_a_call_that_fails_while_one_that_reaches_no_upstream_does_not()
    {
        await using var a = await gateway.ConnectAsync(_hub);
        await a.InvokeAsync("fine");
        await gateway.UnitsBecomeAsync(_hub, 1, 1);
        gateway.UpstreamOf(_hub).AnswerMessages(500, []);
        Assert.Contains("status code 500", await a.InvokeAsync("wrong"), StringComparison.Ordinal);
        await gateway.UnitsBecomeAsync(_hub, 2, 2);
        await a.SendAsync("""{"type":1,"invocationId":"2","target":"m","arguments":[],"streamIds":["1"]}""");
        Assert.Contains("not supported", await a.NextAsync(), StringComparison.Ordinal);
        await gateway.UnitsBecomeAsync(_hub, 3, 2);
    }

    [Fact]
    public async Task Every_transport_and_protocol_counts_alike()
    {
        await using var json = await gateway.ConnectAsync(_hub);
        await using var binary = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        using var polling = await HttpClientPeer.PollingAsync(gateway, _hub);
        await BroadcastAsync(4096);
        await json.NextAsync();
        await binary.NextAsync();
        Assert.Equal(4096, Encoding.UTF8.GetByteCount(await polling.PollTextAsync()));
        await gateway.UnitsBecomeAsync(_hub, 6, 0);
    }

    [Fact]
    public async Task Pings_are_traffic_and_no_messages()
    {
        await using var a = await gateway.ConnectAsync(_hub);
        for (var i = 0; i < 2; i++)
        {
            await a.SendAsync("""{"type":6}""");
            Assert.Equal("""{"type":6}""", await a.NextAsync(withPings: true));
        }

        // A message is counted shortly after the client has received it.
        var samples = await gateway.ScrapeUntilAsync(
            now => now.Sum("OutboundTraffic_bytes_total", ("hub", _hub), ("Endpoint", "Client")) >= 2 * 11
                && now.Sum("InboundTraffic_bytes_total", ("hub", _hub)) >= 2 * 11,
            "both pings are counted in both directions");
        Assert.Equal((0, 0), MeteredGateway.Units(samples, _hub));
        Assert.Equal(2 * 11, samples.Sum("InboundTraffic_bytes_total", ("hub", _hub)));
        Assert.Equal(0, samples.Sum("serverless_messages_received_total", ("hub", _hub)));
    }

    [Fact]
    public async Task Connections_are_counted_by_kind_and_by_why_they_end()
    {
        await using var a = await gateway.ConnectAsync(_hub);
        var byClaim = await gateway.ConnectAsync(_hub, claims: [new("asrs.s.dc", "true")]);
        var byQuery = await gateway.ConnectAsync(_hub, query: "&asrsdiagnosticclient=true");
        var rude = await gateway.ConnectAsync(_hub);
        var samples = await gateway.ScrapeAsync();
        Assert.Equal(4, samples.Sum("ConnectionCount", ("hub", _hub), ("Endpoint", "Client")));
        Assert.Equal(2, samples.Sum("serverless_connections_diagnostic", ("hub", _hub)));
        Assert.False(samples.Has("ConnectionCount", ("hub", _hub), ("Endpoint", "Server")));

        await byClaim.CloseAsync();
        await byQuery.DisposeAsync();
        await rude.SendAsync("x");
        await rude.ToEndAsync();
        samples = await gateway.ScrapeUntilAsync(
            now => now.Sum("ConnectionCount", ("hub", _hub)) == 1 && now.Sum("ConnectionCloseCount_total", ("hub", _hub)) == 3, "three clients have disconnected");
        Assert.Equal(4, samples.Sum("ConnectionOpenCount_total", ("hub", _hub)));
        Assert.Equal((1, 1, 1), (Closed("Normal"), Closed("PingTimeout"), Closed("BadRequest")));
        Assert.Equal(0, samples.Sum("serverless_connections_diagnostic", ("hub", _hub)));

        double Closed(string category) =>
            samples.Sum("ConnectionCloseCount_total", ("hub", _hub), ("Endpoint", "Client"), ("ConnectionCloseCategory", category));
    }

    // {"type":1,"target":"m","arguments":["xxx"]} of the given size, terminator included.
    private static string Invocation(int bytes)
    {
        const string Empty = """{"type":1,"target":"m","arguments":[""]}""";
        return Empty.Replace("\"\"", $"\"{new string('x', bytes - Empty.Length - 1)}\"", StringComparison.Ordinal);
    }

    private async Task BroadcastAsync(int bytes) => await gateway.Rest().SendMessageAsync(
        $"/api/hubs/{_hub}/:send", "m", Invocation(bytes)[(Invocation(bytes).IndexOf('['))..^1]);

    private Func<UpstreamRequest, Microsoft.AspNetCore.Http.HttpContext, Task> PassOnAsync(string path, int bytes) => async (request, _) =>
    {
        if (request.Category == "messages")
        {
            Assert.Equal(bytes - 1, request.Body.Length);
            await gateway.Rest().SendMessageAsync(path, "m", Invocation(bytes)[(Invocation(bytes).IndexOf('['))..^1]);
        }
    };

    // Sends each client one more unit, so that a late message would be detected.
    private async Task SendLastAsync(HubPeer[] clients)
    {
        await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/:send", "last");
        foreach (var client in clients)
        {
            Assert.Contains("last", await client.NextAsync(), StringComparison.Ordinal);
        }
    }
}
