using System.Globalization;
using Microsoft.AspNetCore.Http;
using Serverless.Gateway.Tests.InMemory;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Wire.Upstream;

/// <summary>A gateway with short time limits, small bounds and several templates.</summary>
public sealed class SpecialGateway : GatewayFixture
{
    protected override void Configure(Dictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["Gateway__Upstream__Timeout"] = "00:00:01.5";
        environment["Gateway__Upstream__QueueBytes"] = "1024";
        environment["Gateway__Upstream__MaxStreams"] = "2";
        environment["Gateway__Upstream__StreamIdleTimeout"] = "00:00:04";
        environment["Gateway__Upstream__OnConnectedFailure"] = "Close";
        environment["Gateway__Clients__OutboxBytes"] = "65536";
        environment["Gateway__Clients__MaxMessageBytes"] = "4096";
        environment["Gateway__Clients__KeepAlive"] = "00:00:01";
        environment["Gateway__Clients__ClientTimeout"] = "00:00:03";
        environment["Gateway__Clients__HandshakeTimeout"] = "00:00:02";
        environment["Gateway__Clients__PollTimeout"] = "00:00:01";
        environment["Gateway__Clients__StatefulReconnectTimeout"] = "00:00:01";
        environment["Gateway__Clients__AllowedOrigins__0"] = "https://good.example.com";
        Template(environment, 0, "http://127.0.0.1:" + FreePort.Find().ToString(CultureInfo.InvariantCulture), "down", null, null);
        Template(environment, 1, Upstream.Template, "picky", "messages", " known , alsoKnown");
        Template(environment, 2, Upstream.Template, "slow,slowbody,failing,stuck,silent,mute,fan,held,away,streams,quiet", null, null);
    }

    private static void Template(
        Dictionary<string, string?> environment, int place, string url, string hubs, string? categories, string? events)
    {
        var key = $"UpstreamSettings__Templates__{place.ToString(CultureInfo.InvariantCulture)}__";
        environment[key + "UrlTemplate"] = url;
        environment[key + "HubPattern"] = hubs;
        environment[key + "CategoryPattern"] = categories;
        environment[key + "EventPattern"] = events;
    }
}

public sealed class SpecialGatewayTests(SpecialGateway gateway) : IClassFixture<SpecialGateway>
{
    [Fact]
    public async Task An_upstream_that_is_down_gives_an_error_and_connecting_is_refused_where_it_is_asked_for()
    {
        await using var peer = await gateway.ConnectAsync("down");
        Assert.Equal("""{"type":7,"error":"Connection closed because its upstream failed.","allowReconnect":true}""", await peer.NextAsync());
    }

    [Fact]
    public async Task A_client_that_does_not_come_back_in_time_is_gone()
    {
        var token = GatewayFixture.ClientToken("away");
        using var http = new HttpClient(MemoryNetwork.CreateHandler()) { BaseAddress = gateway.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using var answer = await http.PostAsync(new Uri("/client/negotiate?hub=away&negotiateVersion=1&useStatefulReconnect=true", UriKind.Relative), null);
        using var negotiated = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var id = negotiated.RootElement.GetProperty("connectionToken").GetString();
        await using (var peer = await HubPeer.OpenAsync(gateway.Address, "away", token, HubProtocol.Json, "&id=" + id))
        {
            await peer.ShakeHandsAsync(version: 2);
            await gateway.UpstreamOf("away").NextAsync("connected");
        }

        var disconnected = await gateway.UpstreamOf("away").NextAsync("disconnected");
        Assert.Contains("The connection to the client was lost.", disconnected.Text, StringComparison.Ordinal);
        await using var late = await RawConnection.OpenAsync(gateway.Address);
        await late.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, "away", token, "&id=" + id));
        Assert.StartsWith("HTTP/1.1 404 ", await late.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_may_have_so_many_streams_open_and_no_more()
    {
        var hub = gateway.UpstreamOf("streams");
        hub.Answer = async (request, context) =>
        {
            if (request.Category == "messages")
            {
                await context.Response.StartAsync();
                await context.RequestAborted.WhenCancelledAsync();
            }
        };
        await using var peer = await gateway.ConnectAsync("streams");
        for (var i = 1; i <= 3; i++)
        {
            await peer.SendAsync($$"""{"type":4,"invocationId":"{{i}}","target":"x","arguments":[]}""");
        }

        Assert.Equal(
            """{"type":3,"invocationId":"3","error":"Invocation failed, the connection has 2 open streams already. The limit is set by Gateway:Upstream:MaxStreams."}""",
            await peer.NextAsync());
        await peer.SendAsync("""{"type":5,"invocationId":"1"}""");
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.NextAsync());
    }

    [Fact]
    public async Task A_stream_may_last_longer_than_a_call_but_its_upstream_may_not_be_silent_for_longer_than_it_is_let()
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hub = gateway.UpstreamOf("quiet");
        hub.Answer = async (request, context) =>
        {
            if (request.Category == "messages")
            {
                await context.Response.WriteAsync("1\n");
                await hub.Gate;
                await context.Response.WriteAsync("2\n");
                await context.RequestAborted.WhenCancelledAsync();
                aborted.SetResult();
            }
        };
        await using var peer = await gateway.ConnectAsync("quiet");
        await peer.SendAsync("""{"type":4,"invocationId":"1","target":"x","arguments":[]}""");
        Assert.Equal("""{"type":2,"invocationId":"1","item":1}""", await peer.NextAsync());
        await Task.Delay(TimeSpan.FromSeconds(2)); // the limit of a call is 1.5 s
        hub.LetGo();
        Assert.Equal("""{"type":2,"invocationId":"1","item":2}""", await peer.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"1","error":"Invocation failed, response cancelled."}""", await peer.NextAsync());
        await aborted.Task.WaitAsync(Waits.Limit);
    }

    [Fact]
    public async Task A_poll_that_nothing_came_for_is_answered_empty_and_the_next_one_goes_on()
    {
        using var peer = await HttpClientPeer.PollingAsync(gateway, "held");
        using var poll = await peer.PollAsync();
        Assert.Equal(
            (200, 0, "text/plain"),
            ((int)poll.StatusCode, (int)poll.Content.Headers.ContentLength!, poll.Content.Headers.ContentType?.ToString()));
        await gateway.Rest().SendMessageAsync($"/api/v1/hubs/held/connections/{peer.Id}", "hi");
        Assert.Equal("{\"type\":1,\"target\":\"hi\",\"arguments\":[]}\u001e", await peer.PollTextAsync());
    }

    [Fact]
    public async Task A_call_that_no_template_matches_gives_an_error()
    {
        await using var peer = await gateway.ConnectAsync("picky");
        Assert.Equal("""{"type":3,"invocationId":"1","error":"Invocation failed, no upstream template matches it."}""", await peer.InvokeAsync("unknown"));
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("known"));
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync("alsoKnown"));
        Assert.StartsWith("""{"type":3,"invocationId":"1","error":""", await peer.InvokeAsync("Known"), StringComparison.Ordinal);
        await using var nowhere = await gateway.ConnectAsync("nowhere");
        Assert.Equal("""{"type":3,"invocationId":"1","error":"Invocation failed, no upstream template matches it."}""", await nowhere.InvokeAsync("x"));
    }

    [Fact]
    public async Task An_upstream_that_does_not_answer_in_time_gives_an_error_and_the_next_call_goes_on()
    {
        gateway.UpstreamOf("slow").Answer = (request, context) =>
            request.Event == "x" ? Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default) : Task.CompletedTask;
        await using var peer = await gateway.ConnectAsync("slow");
        Assert.Equal("""{"type":3,"invocationId":"1","error":"Invocation failed, status code 500"}""", await peer.InvokeAsync("x"));
        Assert.Equal("""{"type":3,"invocationId":"2"}""", await peer.InvokeAsync("y", id: "2"));
    }

    [Fact]
    public async Task A_body_that_does_not_end_in_time_gives_an_error()
    {
        gateway.UpstreamOf("slowbody").Answer = async (request, context) =>
        {
            if (request.Event == "x")
            {
                context.Response.ContentLength = 100;
                await context.Response.Body.WriteAsync("{"u8.ToArray());
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
        };
        await using var peer = await gateway.ConnectAsync("slowbody");
        Assert.Equal("""{"type":3,"invocationId":"1","error":"Invocation failed, response cancelled."}""", await peer.InvokeAsync("x"));
    }

    [Fact]
    public async Task A_client_that_sends_faster_than_its_upstream_answers_is_held_and_loses_nothing()
    {
        var upstream = gateway.UpstreamOf("held");
        upstream.Answer = async (_, _) => await Task.WhenAny(upstream.Gate, Task.Delay(1000));
        await using var peer = await gateway.ConnectAsync("held");
        var argument = new string('x', 3000);
        for (var i = 0; i < 40; i++)
        {
            await peer.SendAsync($$"""{"type":1,"invocationId":"{{i}}","target":"t{{i}}","arguments":["{{argument}}"]}""");
        }

        upstream.LetGo();
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal($$"""{"type":3,"invocationId":"{{i}}"}""", await peer.NextAsync());
        }
    }

    [Fact]
    public async Task The_size_limit_is_the_configured_one()
    {
        await using var peer = await gateway.ConnectAsync("mute");
        await peer.SendTextAsync(new string('x', 4096));
        Assert.Equal(
            """{"type":7,"error":"The maximum message size of 4096B was exceeded. The limit is set by Gateway:Clients:MaxMessageBytes.","allowReconnect":true}""",
            await peer.NextAsync());
    }

    [Fact]
    public async Task Everybody_is_pinged_and_a_client_that_has_pinged_and_falls_silent_is_closed()
    {
        var never = await gateway.ConnectAsync("silent");
        var once = await gateway.ConnectAsync("silent");
        await using (never)
        await using (once)
        {
            await once.SendAsync("""{"type":6}""");
            Assert.Equal("""{"type":6}""", await once.NextAsync(withPings: true));
            Assert.Equal("""{"type":7,"error":"Connection closed with an error.","allowReconnect":true}""", await once.NextAsync());
            for (var i = 0; i < 5; i++)
            {
                Assert.Equal("""{"type":6}""", await never.NextAsync(withPings: true)); // this client never pinged, so it may be silent
            }
        }
    }

    [Fact]
    public async Task A_client_without_a_handshake_is_sent_away()
    {
        await using var peer = await HubPeer.OpenAsync(gateway.Address, "silent", GatewayFixture.ClientToken("silent"), HubProtocol.Json);
        await peer.SendTextAsync("""{"protocol":""");
        Assert.Equal("""{"error":"Handshake was canceled."}""", await peer.NextHandshakeAsync());
        Assert.Equal("close:1000", await peer.NextAsync());
    }

    [Fact]
    public async Task A_client_that_ignores_its_close_message_is_cut_off()
    {
        await using var peer = await gateway.ConnectAsync("mute");
        await peer.SendAsync("x");
        Assert.StartsWith("""{"type":7,"error":""", await peer.NextAsync(), StringComparison.Ordinal);
        Assert.Equal("close:1000", await peer.NextAsync());
        Assert.Equal("end", await peer.NextAsync());
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_closed_and_everyone_else_gets_everything()
    {
        var rest = gateway.Rest();
        var slow = await HubPeer.OpenAsync(
            gateway.Address, "fan", GatewayFixture.ClientToken("fan"), HubProtocol.Json, receiveBuffer: 4096);
        await slow.ShakeHandsAsync();
        var others = new List<HubPeer>();
        for (var i = 0; i < 6; i++)
        {
            others.Add(await gateway.ConnectAsync("fan"));
        }

        var counts = others.Select(peer => CountAsync(peer, 400)).ToList();
        var argument = new string('x', 20_000);
        for (var i = 0; i < 400; i++)
        {
            await rest.SendMessageAsync("/api/hubs/fan/:send", "m", $$"""[{{i}},"{{argument}}"]""");
        }

        await Task.WhenAll(counts);
        for (var i = 0; i < 7; i++)
        {
            await gateway.UpstreamOf("fan").NextAsync("connected");
        }

        Assert.Equal(
            """{"type":11,"error":"The connection was closed because messages were not read fast enough."}""",
            (await gateway.UpstreamOf("fan").NextAsync("disconnected")).Text);
        await slow.DisposeAsync();
        foreach (var peer in others)
        {
            await peer.CloseAsync();
        }

        static async Task CountAsync(HubPeer peer, int messages)
        {
            for (var i = 0; i < messages; i++)
            {
                Assert.StartsWith($$"""{"type":1,"target":"m","arguments":[{{i}},""", await peer.NextAsync(), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("https://good.example.com", 101, true)]
    [InlineData("https://evil.example.com", 403, true)]
    [InlineData("https://good.example.com", 101, false)]
    [InlineData("https://evil.example.com", 403, false)]
    public async Task Only_pages_of_allowed_origins_may_connect(string origin, int status, bool first)
    {
        await using var connection = await RawConnection.OpenAsync(gateway.Address);
        if (!first)
        {
            await connection.WriteAsync("GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n");
            await connection.ReadResponseAsync();
        }

        await connection.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, "mute", GatewayFixture.ClientToken("mute"))
            .Replace("Upgrade: websocket\r\n", $"Upgrade: websocket\r\nOrigin: {origin}\r\n", StringComparison.Ordinal));
        Assert.StartsWith($"HTTP/1.1 {status.ToString(CultureInfo.InvariantCulture)} ", await connection.ReadHeadAsync(), StringComparison.Ordinal);
    }
}
