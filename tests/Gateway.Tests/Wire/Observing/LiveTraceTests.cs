using System.Text.Json;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Observing;

/// <summary>The events that viewers of the live trace receive, with real clients, functions and REST calls.</summary>
[Collection(SharedGateway.Name)]
public sealed class LiveTraceTests(GatewayFixture gateway)
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task A_call_is_followed_from_the_client_over_the_upstream_to_its_completion_by_one_id()
    {
        await using var watcher = await WatchAsync();
        gateway.UpstreamOf(_hub).AnswerMessages(200, """{"type":3,"invocationId":"1","result":5}"""u8.ToArray());
        var (peer, id) = await gateway.ConnectKnownAsync(_hub, "ann");
        await using var client = peer;
        await peer.InvokeAsync("send", """["hello"]""");
        var sent = await watcher.UntilAsync("CompletionSent");
        var tracingId = sent.GetProperty("tracingId").GetInt64();
        Assert.Equal(["MessageReceived", "UpstreamRequest", "UpstreamAnswered", "CompletionSent"], watcher.Journey(tracingId));

        var received = await watcher.UntilAsync("MessageReceived");
        Assert.Equal(
            ("Messaging", _hub, id, "ann", "WebSockets", "127.0.0.1", "Client", "send", "1"),
            (Text(received, "category"), Text(received, "hub"), Text(received, "connectionId"), Text(received, "userId"), Text(received, "transport"),
                Text(received, "ip"), Text(received, "connectionType"), Text(received, "target"), Text(received, "invocationId")));
        var asked = await watcher.UntilAsync("UpstreamRequest", one => Text(one, "target") == "send");
        Assert.Equal((0, 1, $"/up/{_hub}/messages/send"), (asked.GetProperty("template").GetInt32(), asked.GetProperty("attempt").GetInt32(), new Uri(Text(asked, "url")!).AbsolutePath));
        var answered = await watcher.UntilAsync("UpstreamAnswered", one => Text(one, "target") == "send");
        Assert.Equal(("HttpRequests", 200, true), (Text(answered, "category"), answered.GetProperty("status").GetInt32(), answered.GetProperty("milliseconds").GetDouble() >= 0));

        // No body, because the filter did not request bodies.
        Assert.DoesNotContain("hello", watcher.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_send_is_followed_from_the_rest_call_to_each_delivery_by_one_id()
    {
        await using var watcher = await WatchAsync();
        var (one, id) = await gateway.ConnectKnownAsync(_hub);
        await using var first = one;
        await using var second = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/:send", "news", """["hello"]""");
        var answered = await watcher.UntilAsync("RestAnswered");
        var tracingId = answered.GetProperty("tracingId").GetInt64();
        Assert.Equal(["RestRequest", "MessageAccepted", "FanOut", "MessageDelivered", "MessageDelivered", "RestAnswered"], watcher.Journey(tracingId));
        Assert.Equal(202, answered.GetProperty("status").GetInt32());
        Assert.Equal(2, (await watcher.UntilAsync("FanOut")).GetProperty("receivers").GetInt32());
        Assert.Equal("BroadcastDataMessage", Text(await watcher.UntilAsync("MessageAccepted"), "messageType"));
        Assert.Contains(watcher.Seen, traced => Text(traced, "event") == "MessageDelivered" && Text(traced, "connectionId") == id);
        Assert.DoesNotContain("hello", watcher.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_are_told_of_as_they_come_are_refused_and_go()
    {
        await using var watcher = await WatchAsync(""","categories":["Connectivity"]""");
        var (peer, id) = await gateway.ConnectKnownAsync(_hub, "ann");
        await peer.CloseAsync();
        await peer.DisposeAsync();
        var ended = await watcher.UntilAsync("ConnectionEnded");
        Assert.Equal(("Normal", "Informational", id), (Text(ended, "reason"), Text(ended, "level"), Text(ended, "connectionId")));
        Assert.Equal(["ConnectionStarted", "ConnectionConnected", "ConnectionEnded"], watcher.Seen.Select(one => Text(one, "event")));

        var lost = await gateway.ConnectAsync(_hub);
        await lost.DisposeAsync();
        Assert.Equal("Warning", Text(await watcher.UntilAsync("ConnectionAborted"), "level"));

        var token = GatewayFixture.ClientToken(_hub, audience: "http://elsewhere/client/?hub=x");
        Assert.Equal(401, (await gateway.Rest().SendAsync("POST", $"/client/negotiate?hub={_hub}", token: token)).Status);
        var refused = await watcher.UntilAsync("ConnectionRefused");
        Assert.Equal(401, refused.GetProperty("status").GetInt32());
        Assert.Contains("audience", Text(refused, "message")!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_viewer_of_one_connection_sees_it_alone_among_all_receivers()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        await using var watched = peer;
        await using var other = await gateway.ConnectAsync(_hub);
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"connection":"{{id}}"}""");
        await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/:send", "one");
        Assert.Equal("one", Text(await watcher.UntilAsync("MessageDelivered"), "target"));
        await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/:send?excluded={id}", "two");
        var excluded = await watcher.UntilAsync("MessageUndelivered");
        Assert.Equal(("excluded", "two"), (Text(excluded, "reason"), Text(excluded, "target")));
        Assert.All(watcher.Seen, traced => Assert.Equal(id, Text(traced, "connectionId")));
    }

    [Fact]
    public async Task A_viewer_of_one_group_sees_who_joins_and_what_is_sent_to_it()
    {
        var (peer, id) = await gateway.ConnectKnownAsync(_hub);
        await using var member = peer;
        await using var watcher = await Watcher.StartAsync(gateway.Address, $$"""{"group":"g {{_hub}}"}""");
        var group = $"/api/hubs/{_hub}/groups/g%20{_hub}";
        Assert.Equal(200, await gateway.Rest().StatusAsync("PUT", $"{group}/connections/{id}"));
        await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/:send", "to all");
        await gateway.Rest().SendMessageAsync($"{group}/:send", "to the group");
        Assert.Equal("to the group", Text(await watcher.UntilAsync("MessageDelivered"), "target"));
        Assert.Equal(id, Text(await watcher.UntilAsync("GroupJoined"), "connectionId"));
        Assert.DoesNotContain("to all", watcher.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task Bodies_come_when_asked_for_cut_and_without_tokens(string name)
    {
        var protocol = HubProtocol.Find(name)!;
        await using var watcher = await WatchAsync(""","bodies":true,"bodyBytes":200""");
        await using var peer = await gateway.ConnectAsync(_hub, protocol: protocol);
        const string Secret = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl";
        await gateway.Rest().SendMessageAsync($"/api/hubs/{_hub}/:send", "m", $$"""["{{Secret}}","{{new string('x', 5000)}}"]""");
        var body = (await watcher.UntilAsync("MessageAccepted")).GetProperty("body");
        Assert.Equal((200, true), (body.GetProperty("text").GetString()!.Length, body.GetProperty("isCut").GetBoolean()));
        Assert.True(body.GetProperty("bytes").GetInt32() > 5000);
        Assert.StartsWith("[\"***\",\"xx", body.GetProperty("text").GetString(), StringComparison.Ordinal);

        await peer.SendAsync(protocol.IsBinary
            ? "950180C0" + "A6" + Convert.ToHexString("method"u8) + "91A5" + Convert.ToHexString("hello"u8)
            : """{"type":1,"target":"method","arguments":["hello"]}""");
        Assert.Contains("hello", (await watcher.UntilAsync("MessageReceived")).GetProperty("body").GetProperty("text").GetString()!, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", watcher.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_token_and_no_key_is_ever_shown()
    {
        await using var watcher = await WatchAsync(""","bodies":true""");
        var token = GatewayFixture.ClientToken(_hub, "ann");
        using var polling = await HttpClientPeer.PollingAsync(gateway, _hub, token);
        await using var browser = await HubPeer.ConnectAsync(gateway.Address, _hub, null, HubProtocol.Json, $"&access_token={token}&secret=query");
        await browser.InvokeAsync("m");
        var bad = GatewayFixture.ClientToken(_hub, key: "another key that is as long as it must be");
        Assert.Equal(401, (await gateway.Rest().SendAsync("POST", $"/client/negotiate?hub={_hub}&access_token={bad}", token: bad)).Status);
        var rest = RestCaller.Token($"/api/hubs/{_hub}/:send");
        Assert.Equal(202, (await gateway.Rest().SendAsync("POST", $"/api/hubs/{_hub}/:send?access_token={rest}", """{"target":"m","arguments":[]}""", rest)).Status);
        await watcher.UntilAsync("RestAnswered");
        await watcher.UntilAsync("ConnectionRefused");
        foreach (var secret in new[] { token, bad, rest, GatewayFixture.Key, GatewayFixture.SecondaryKey, "eyJ", "access_token", "sha256=" })
        {
            Assert.DoesNotContain(secret, watcher.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"hubs":"x"}""", "unknown property 'hubs'")]
    [InlineData("""{"hub":"1x"}""", "not a valid hub name")]
    [InlineData("""{"categories":["messages"]}""", "'categories' must be")]
    [InlineData("""{"categories":[]}""", "'categories' must be")]
    [InlineData("""{"bodyBytes":1000000}""", "'bodyBytes' must be a whole number from 1 to 4096")]
    [InlineData("""{"tracingId":"5"}""", "'tracingId' must be a whole number")]
    [InlineData("5", "must be of the JSON type Object")]
    public async Task A_wrong_filter_ends_the_call_with_what_is_wrong(string filter, string error)
    {
        await using var viewer = await Viewer.ConnectAsync(gateway.Address);
        await viewer.StreamAsync("watch", $"[{filter}]");
        var completion = await viewer.NextAsync();
        Assert.Equal(3, completion.GetProperty("type").GetInt32());
        Assert.Contains(error, completion.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_of_the_client_is_told_not_to_be_forwarded()
    {
        await using var watcher = await WatchAsync();
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync("""{"type":1,"invocationId":"1","target":"up","arguments":[],"streamIds":["s"]}""");
        Assert.Equal("unsupported", Text(await watcher.UntilAsync("MessageNotForwarded"), "reason"));
    }

    private Task<Watcher> WatchAsync(string more = "") => Watcher.StartAsync(gateway.Address, $$"""{"hub":"{{_hub}}"{{more}}}""");

    private static string? Text(JsonElement traced, string name) => traced.TryGetProperty(name, out var value) ? value.GetString() : null;
}
