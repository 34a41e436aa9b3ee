using System.Text.Json;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Attacks;

/// <summary>A gateway whose memory for clients is one mebibyte, which one large call fills.</summary>
public sealed class OneMebibyteGateway : GatewayFixture
{
    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["Gateway__Limits__MaxQueuedBytes"] = "1048576";
    }
}

/// <summary>The requests that a full node refuses, those that it still serves, and the memory that a client's end releases.</summary>
public sealed class FullMemoryTests(OneMebibyteGateway gateway) : IClassFixture<OneMebibyteGateway>
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task A_full_node_refuses_new_work_with_429_and_takes_it_again_when_there_is_room()
    {
        await using var other = await gateway.ConnectAsync(_hub, user: "other");
        var leaving = await gateway.ConnectAsync(_hub, user: "leaving");
        using var polling = await HttpClientPeer.PollingAsync(gateway, _hub);
        await using var filling = await FillAsync();

        using (var post = await polling.PostAsync("""{"type":1,"target":"x","arguments":[]}""" + "\x1e"))
        {
            Assert.Equal((429, "1"), ((int)post.StatusCode, post.Headers.RetryAfter?.ToString()));
        }

        var send = await gateway.Rest().SendAsync("POST", $"/api/hubs/{_hub}/:send", """{"target":"m","arguments":[]}""");
        Assert.Equal((429, "1"), (send.Status, send.RetryAfter));
        Assert.Contains("Gateway:Limits:MaxQueuedBytes", send.Body, StringComparison.Ordinal);
        foreach (var request in (string[])[HubPeer.UpgradeRequest(gateway.Address, _hub, GatewayFixture.ClientToken(_hub)), Negotiate()])
        {
            await using var raw = await RawConnection.OpenAsync(gateway.Address);
            await raw.WriteAsync(request);
            var refused = await raw.ReadResponseAsync();
            Assert.Equal((429, "5"), (refused.Status, refused.Header("Retry-After")));
        }

        // Operations without memory continue: existence checks, closing, and the disconnected event.
        Assert.Equal(200, await gateway.Rest().StatusAsync("HEAD", $"/api/hubs/{_hub}/users/other"));
        await leaving.DisposeAsync();
        await Waits.UntilAsync(async () => (await gateway.UpstreamOf(_hub).NextAsync()).Event == "disconnected", "the upstream has received the event");
        Assert.Equal(204, await gateway.Rest().StatusAsync("POST", $"/api/hubs/{_hub}/users/other/:closeConnections"));
        Assert.Contains("\"type\":7", await other.NextAsync(), StringComparison.Ordinal);

        gateway.UpstreamOf(_hub).LetGo();
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await filling.NextAsync());
        await Waits.UntilAsync(async () => await HeldAsync() == 0, "no memory is held");
        Assert.Equal(202, await gateway.Rest().StatusAsync("POST", $"/api/hubs/{_hub}/:send", """{"target":"m","arguments":[]}"""));
        await using var next = await gateway.ConnectAsync(_hub);
    }

    [Fact]
    public async Task A_client_whose_reading_is_held_loses_nothing()
    {
        await using var waiting = await gateway.ConnectAsync(_hub);
        await using var filling = await FillAsync();
        for (var i = 0; i < 20; i++)
        {
            await waiting.SendAsync($$"""{"type":1,"invocationId":"{{i}}","target":"m","arguments":[]}""");
        }

        gateway.UpstreamOf(_hub).LetGo();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($$"""{"type":3,"invocationId":"{{i}}"}""", await waiting.NextAsync());
        }
    }

    [Fact]
    public async Task An_unfinished_message_is_released_when_its_client_goes()
    {
        var peer = await gateway.ConnectAsync(_hub);
        await peer.SendFrameAsync(WebSocketOpcode.Text, new byte[200_000].Select(_ => (byte)' ').ToArray(), fin: false);
        await Waits.UntilAsync(async () => await HeldAsync() >= 200_000, "the part's memory is counted");
        peer.Connection.Break();
        await Waits.UntilAsync(async () => await HeldAsync() == 0, "no memory is held");
    }

    [Fact]
    public async Task Messages_that_wait_for_a_poll_are_counted_and_released_when_the_client_leaves()
    {
        using var polling = await HttpClientPeer.PollingAsync(gateway, _hub);
        await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/:send", "m", $"[\"{new string('x', 100_000)}\"]");
        await Waits.UntilAsync(async () => await HeldAsync() >= 100_000, "the message's memory is counted");
        (await polling.DeleteAsync()).Dispose();
        await Waits.UntilAsync(async () => await HeldAsync() == 0, "no memory is held");
    }

    [Fact]
    public async Task What_a_call_of_a_client_waits_with_ends_when_the_client_goes()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        var invoke = gateway.Rest().SendAsync(
            "POST", $"/api/hubs/{_hub}/connections/{id}/:invoke?api-version=2024-12-01", $$"""{"target":"m","arguments":["{{new string('x', 100_000)}}"]}""");
        Assert.Contains("\"target\":\"m\"", await peer.NextAsync(), StringComparison.Ordinal);
        Assert.True(await HeldAsync() >= 100_000);
        peer.Connection.Break();
        Assert.Equal(404, (await invoke).Status);
        await Waits.UntilAsync(async () => await HeldAsync() == 0, "no memory is held");
    }

    // Makes a call of more than half a mebibyte, whose buffer takes a whole one, and which the upstream does not answer.
    private async Task<HubPeer> FillAsync()
    {
        gateway.UpstreamOf(_hub).Answer = async (request, _) =>
        {
            if (request.Category == "messages")
            {
                await gateway.UpstreamOf(_hub).Gate;
            }
        };
        var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync($$"""{"type":1,"invocationId":"1","target":"fill","arguments":["{{new string('x', 600_000)}}"]}""");
        await Waits.UntilAsync(async () => await HeldAsync() >= 1048576, "the node is full");
        return peer;
    }

    private string Negotiate() =>
        $"POST /client/negotiate?hub={_hub}&negotiateVersion=1 HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nContent-Length: 0\r\n"
        + $"Authorization: Bearer {GatewayFixture.ClientToken(_hub)}\r\n\r\n";

    private async Task<long> HeldAsync()
    {
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address };
        using var health = JsonDocument.Parse(await http.GetStringAsync("/api/health"));
        return health.RootElement.GetProperty("queuedBytes").GetInt64();
    }
}
