using System.Text;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Clients;

/// <summary>Handshake, frames and hub messages as bytes, in valid and invalid order.</summary>
[Collection(SharedGateway.Name)]
public sealed class HubProtocolTests(GatewayFixture gateway)
{
    private const string Done = """{"type":3,"invocationId":"1"}""";

    private readonly string _hub = GatewayFixture.NewHub();

    [Theory]
    [InlineData("""{"protocol":"json","version":1}""", "{}")]
    [InlineData("""{"version":2,"protocol":"json","extra":[1]}""", "{}")]
    [InlineData("""{"protocol":"json","version":0}""", "{}")]
    [InlineData("""{"protocol":"json","version":3}""", """{"error":"The server does not support version 3 of the 'json' protocol."}""")]
    [InlineData("""{"protocol":"xml","version":1}""", """{"error":"The protocol 'xml' is not supported."}""")]
    [InlineData("""{"protocol":"a\"b","version":1}""", """{"error":"The protocol 'a\"b' is not supported."}""")]
    [InlineData("""{"protocol":"json"}""", """{"error":"An unexpected error occurred during connection handshake. Missing required property 'version'."}""")]
    [InlineData("""x""", """{"error":"An unexpected error occurred during connection handshake. The handshake request is not valid JSON."}""")]
    [InlineData("""{"type":6}""", """{"error":"An unexpected error occurred during connection handshake. Missing required property 'protocol'."}""")]
    public async Task Handshakes_are_answered(string request, string answer)
    {
        await using var peer = await OpenAsync();
        await peer.SendTextAsync(request + "\x1e");
        Assert.Equal(answer, await peer.NextHandshakeAsync());
        if (answer != "{}")
        {
            Assert.Equal("close:1000", await peer.NextAsync());
            await peer.SendFrameAsync(WebSocketOpcode.Close, [0x03, 0xE8]);
            Assert.Equal("end", await peer.NextAsync());
            Assert.Equal(0, gateway.UpstreamOf(_hub).Waiting); // the client never was a connection
        }
    }

    [Fact]
    public async Task A_handshake_that_never_ends_is_refused_at_the_size_limit()
    {
        await using var peer = await OpenAsync();
        await peer.SendFrameAsync(WebSocketOpcode.Text, new byte[1_048_576]);
        Assert.Equal("""{"error":"Handshake was canceled."}""", await peer.NextHandshakeAsync());
        Assert.Equal("close:1000", await peer.NextAsync());
    }

    [Fact]
    public async Task Messages_may_follow_the_handshake_in_the_same_payload()
    {
        await using var peer = await OpenAsync();
        await peer.SendTextAsync("""{"protocol":"json","version":1}␞{"type":6}␞{"type":1,"invocationId":"1","target":"a","arguments":[]}␞{"type":1,"invocationId":"2","target":"b","arguments":[]}␞""".Replace('␞', '\x1e'));
        Assert.Equal("{}", await peer.NextHandshakeAsync());
        Assert.Equal(Done, await peer.NextAsync());
        Assert.Equal("""{"type":3,"invocationId":"2"}""", await peer.NextAsync());
        await AssertUpstreamAsync("connected", "a", "b");
    }

    [Fact]
    public async Task Messagepack_may_follow_the_handshake_in_the_same_payload()
    {
        await using var peer = await OpenAsync(HubProtocol.MessagePack);
        await peer.SendFrameAsync(
            WebSocketOpcode.Binary, [.. """{"protocol":"messagepack","version":1}"""u8, 0x1E, .. Convert.FromHexString("02910608950180a131a16190")]);
        Assert.Equal("{}", await peer.NextHandshakeAsync());
        Assert.Equal("940380a13102", await peer.NextAsync());
    }

    [Fact]
    public async Task Every_byte_may_come_by_itself()
    {
        await using var peer = await OpenAsync();
        byte[] session =
        [
            .. HubPeer.Frame(WebSocketOpcode.Text, """{"protocol":"json","version":1}"""u8),
            .. HubPeer.Frame(WebSocketOpcode.Text, "\x1e"u8),
            .. HubPeer.Frame(WebSocketOpcode.Ping, "beat"u8),
            .. HubPeer.Frame(WebSocketOpcode.Text, Encoding.UTF8.GetBytes("""{"type":1,"invocationId":"1","target":"a","arguments":["ü"]}""" + "\x1e")),
        ];
        foreach (var one in session)
        {
            await peer.Connection.WriteAsync(new[] { one });
        }

        Assert.Equal("{}", await peer.NextHandshakeAsync());
        Assert.Equal("pong:beat", await peer.NextAsync());
        Assert.Equal(Done, await peer.NextAsync());
    }

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task A_frame_may_be_split_anywhere(string name)
    {
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.Find(name));
        byte[] message = peer.Protocol.IsBinary
            ? Convert.FromHexString("3d950180a131a16191d933" + string.Concat(Enumerable.Repeat("78", 51)))
            : Encoding.UTF8.GetBytes("""{"type":1,"invocationId":"1","target":"a","arguments":["xü"]}""" + "\x1e");
        var frame = HubPeer.Frame(peer.Protocol.IsBinary ? WebSocketOpcode.Binary : WebSocketOpcode.Text, message);
        for (var split = 0; split <= frame.Length; split++)
        {
            await peer.Connection.WriteAsync(frame.AsMemory(0, split));
            await peer.Connection.WriteAsync(frame.AsMemory(split));
            Assert.Equal(peer.Protocol.IsBinary ? "940380a13102" : Done, await peer.NextAsync());
        }
    }

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task A_hub_message_may_be_split_over_websocket_messages_and_fragments(string name)
    {
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.Find(name));
        var opcode = peer.Protocol.IsBinary ? WebSocketOpcode.Binary : WebSocketOpcode.Text;
        byte[] message = peer.Protocol.IsBinary
            ? Convert.FromHexString("0a950180a131a16191a178")
            : Encoding.UTF8.GetBytes("""{"type":1,"invocationId":"1","target":"a","arguments":[]}""" + "\x1e");
        for (var split = 0; split <= message.Length; split++)
        {
            // Two messages; two fragments; three fragments with a ping between them and an empty one.
            await peer.SendFrameAsync(opcode, message.AsSpan(0, split));
            await peer.SendFrameAsync(opcode, message.AsSpan(split));
            await peer.SendFrameAsync(opcode, message.AsSpan(0, split), fin: false);
            await peer.SendFrameAsync(WebSocketOpcode.Continuation, message.AsSpan(split));
            await peer.SendFrameAsync(opcode, [], fin: false);
            await peer.SendFrameAsync(WebSocketOpcode.Continuation, message.AsSpan(0, split), fin: false);
            await peer.SendFrameAsync(WebSocketOpcode.Ping, "p"u8);
            await peer.SendFrameAsync(WebSocketOpcode.Continuation, message.AsSpan(split), fin: true);

            var answers = new List<string>();
            for (var i = 0; i < 4; i++)
            {
                answers.Add(await peer.NextAsync());
            }

            var done = peer.Protocol.IsBinary ? "940380a13102" : Done;
            Assert.Equal([done, done, done, "pong:p"], answers.Order(StringComparer.Ordinal).OrderBy(answer => answer == "pong:p"));
        }
    }

    [Fact]
    public async Task Many_messages_may_share_a_frame_and_keep_their_order()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        var calls = Enumerable.Range(0, 200).Select(i => $$"""{"type":1,"invocationId":"{{i}}","target":"t{{i}}","arguments":[]}""" + "\x1e");
        await peer.SendTextAsync(string.Concat(calls));
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal($$"""{"type":3,"invocationId":"{{i}}"}""", await peer.NextAsync());
        }

        await AssertUpstreamAsync(["connected", .. Enumerable.Range(0, 200).Select(i => "t" + i)]);
    }

    [Fact]
    public async Task Pings_are_answered_with_their_own_payload()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        foreach (var payload in (string[])["", "x", new string('y', 125)])
        {
            await peer.SendFrameAsync(WebSocketOpcode.Ping, Encoding.UTF8.GetBytes(payload));
            Assert.Equal("pong:" + payload, await peer.NextAsync());
        }

        await peer.SendFrameAsync(WebSocketOpcode.Pong, "unasked"u8);
        Assert.Equal(Done, await peer.InvokeAsync("x"));
    }

    [Fact]
    public async Task A_length_may_be_written_wider_than_needed()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        var message = Encoding.UTF8.GetBytes("""{"type":1,"invocationId":"1","target":"a","arguments":[]}""" + "\x1e");
        await peer.Connection.WriteAsync(HubPeer.Frame(WebSocketOpcode.Text, message, wideLength: true));
        Assert.Equal(Done, await peer.NextAsync());
    }

    public static TheoryData<string, string> BrokenFrames => new()
    {
        { "unmasked", "not masked" },
        { "reserved bit", "reserved bits" },
        { "unknown opcode", "unknown opcode" },
        { "unknown control opcode", "unknown opcode" },
        { "continuation of nothing", "out of order" },
        { "message within a message", "out of order" },
        { "fragmented ping", "fragmented or too long" },
        { "long ping", "fragmented or too long" },
        { "negative length", "negative" },
    };

    [Theory]
    [MemberData(nameof(BrokenFrames))]
    public async Task A_broken_frame_ends_the_connection_and_says_why(string kind, string reason)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        var call = Encoding.UTF8.GetBytes("""{"type":1,"invocationId":"1","target":"a","arguments":[]}""" + "\x1e");
        byte[] frames = kind switch
        {
            "unmasked" => HubPeer.Frame(WebSocketOpcode.Text, call, masked: false),
            "reserved bit" => HubPeer.Frame(WebSocketOpcode.Text, call, reserved: 4),
            "unknown opcode" => HubPeer.Frame((WebSocketOpcode)3, call),
            "unknown control opcode" => HubPeer.Frame((WebSocketOpcode)11, []),
            "continuation of nothing" => HubPeer.Frame(WebSocketOpcode.Continuation, call),
            "message within a message" => [.. HubPeer.Frame(WebSocketOpcode.Text, "{"u8, fin: false), .. HubPeer.Frame(WebSocketOpcode.Text, call)],
            "fragmented ping" => HubPeer.Frame(WebSocketOpcode.Ping, [], fin: false),
            "long ping" => HubPeer.Frame(WebSocketOpcode.Ping, new byte[126]),
            _ => [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
        };
        await peer.Connection.WriteAsync((byte[])[.. frames, .. HubPeer.Frame(WebSocketOpcode.Text, call)]);

        await AssertRefusedAsync(peer, reason);
    }

    [Theory]
    [InlineData("json", "x")]
    [InlineData("json", "{}")]
    [InlineData("json", """{"type":1,"target":"a"}""")]
    [InlineData("json", """{"type":1,"invocationId":"1","target":"a","arguments":{}}""")]
    [InlineData("json", """{"type":3,"invocationId":"1","result":1,"error":"x"}""")]
    [InlineData("messagepack", "c1")]
    [InlineData("messagepack", "90")]
    [InlineData("messagepack", "")]
    [InlineData("messagepack", "9501")]
    [InlineData("messagepack", "ddffffffff01")]
    public async Task A_malformed_hub_message_ends_the_connection_and_says_why(string protocol, string message)
    {
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.Find(protocol));
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        await peer.SendAsync(message);
        await AssertRefusedAsync(peer, "");
    }

    [Fact]
    public async Task A_messagepack_length_that_never_ends_is_refused()
    {
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.MessagePack);
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        await peer.SendFrameAsync(WebSocketOpcode.Binary, [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]);
        await AssertRefusedAsync(peer, "length prefix");
    }

    [Theory]
    [InlineData("json", 1_048_575, 1)]
    [InlineData("json", 1_048_575, 7)]
    [InlineData("messagepack", 1_048_575, 1)]
    public async Task A_message_just_under_the_limit_is_taken(string protocol, int size, int fragments)
    {
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.Find(protocol));
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        var message = MessageOf(peer.Protocol, size);
        await SendInFragmentsAsync(peer, message, fragments);

        Assert.Equal(peer.Protocol.IsBinary ? "940380a13102" : Done, await peer.NextAsync());
        var call = await gateway.UpstreamOf(_hub).NextAsync("a");
        Assert.InRange(call.Body.Length, size - 1, size + 1); // MessagePack gains its array of stream ids
        Assert.True(call.Body.AsSpan().Count((byte)'x') >= size - 80);
    }

    [Theory]
    [InlineData("json", 1_048_576, 1)]
    [InlineData("json", 1_048_576, 5)]
    [InlineData("json", 3_000_000, 1)]
    [InlineData("messagepack", 1_048_576, 1)]
    [InlineData("messagepack", 3_000_000, 9)]
    public async Task A_message_of_the_limit_or_more_is_refused_with_the_limit(string protocol, int size, int fragments)
    {
        await using var peer = await gateway.ConnectAsync(_hub, protocol: HubProtocol.Find(protocol));
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        await SendInFragmentsAsync(peer, MessageOf(peer.Protocol, size), fragments);
        await AssertRefusedAsync(
            peer, "The maximum message size of 1048576B was exceeded. The limit is set by Gateway:Clients:MaxMessageBytes.");
    }

    [Fact]
    public async Task Many_messages_in_one_large_frame_may_be_over_the_limit_together()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        var one = $$"""{"type":1,"target":"a","arguments":["{{new string('x', 100_000)}}"]}""" + "\x1e";
        await peer.SendTextAsync(string.Concat(Enumerable.Repeat(one, 15)));
        Assert.Equal(Done, await peer.InvokeAsync("last"));
    }

    [Theory]
    [InlineData("""{"type":7}""", """{"type":11}""")]
    [InlineData("""{"type":7,"error":"why"}""", """{"type":11,"error":"why"}""")]
    public async Task A_clients_close_message_ends_the_connection_and_nothing_behind_it_counts(string close, string disconnected)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        await peer.SendTextAsync($$"""{{close}}␞{"type":1,"target":"late","arguments":[]}␞""".Replace('␞', '\x1e'));
        Assert.Equal("close:1000", await peer.NextAsync());
        await peer.SendFrameAsync(WebSocketOpcode.Close, [0x03, 0xE8]);
        Assert.Equal("end", await peer.NextAsync());
        Assert.Equal(disconnected, (await gateway.UpstreamOf(_hub).NextAsync("disconnected")).Text);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x03, 0xE8 })]
    [InlineData(new byte[] { 0x03, 0xE9, (byte)'b', (byte)'y', (byte)'e' })]
    public async Task A_websocket_close_is_answered_and_ends_cleanly(byte[] body)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        await peer.SendFrameAsync(WebSocketOpcode.Close, body);
        Assert.Equal("close:1000 end", await peer.ToEndAsync());
        Assert.Equal("""{"type":11}""", (await gateway.UpstreamOf(_hub).NextAsync("disconnected")).Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_ends_without_a_goodbye_is_reported_with_an_error(bool reset)
    {
        var peer = await gateway.ConnectAsync(_hub);
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        if (reset)
        {
            peer.Connection.Break();
        }
        else
        {
            await peer.DisposeAsync();
        }

        var disconnected = await gateway.UpstreamOf(_hub).NextAsync("disconnected");
        Assert.StartsWith("""{"type":11,"error":"The """, disconnected.Text, StringComparison.Ordinal);
        Assert.Equal("application/json", disconnected.Header("Content-Type"));
    }

    [Fact]
    public async Task Messages_that_mean_nothing_here_are_ignored()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        foreach (var message in (string[])
            ["""{"type":2,"invocationId":"7","item":1}""", """{"type":3,"invocationId":"7","result":1}""", """{"type":5,"invocationId":"7"}""",
             """{"type":6}""", """{"type":8,"sequenceId":1}""", """{"type":9,"sequenceId":1}""", """{"type":99,"x":1}"""])
        {
            await peer.SendAsync(message);
        }

        Assert.Equal(Done, await peer.InvokeAsync("x"));
        await AssertUpstreamAsync("connected", "x");
    }

    [Fact]
    public async Task Streams_are_answered_with_an_error_at_once()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync("""{"type":1,"invocationId":"1","target":"x","arguments":[],"streamIds":["1"]}""");
        Assert.StartsWith("""{"type":3,"invocationId":"1","error":"Invocation failed, """, await peer.NextAsync(), StringComparison.Ordinal);
    }

    private static byte[] MessageOf(HubProtocol protocol, int size)
    {
        if (!protocol.IsBinary)
        {
            const string Start = """{"type":1,"invocationId":"1","target":"a","arguments":[""" + "\"";
            return Encoding.UTF8.GetBytes($"{Start}{new string('x', size - Start.Length - 3)}\"]}}\x1e");
        }

        // [1, {}, "1", "a", [str32]]
        byte[] start = [0x95, 0x01, 0x80, 0xA1, (byte)'1', 0xA1, (byte)'a', 0x91, 0xDB, 0, 0, 0, 0];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(start.AsSpan(9), size - start.Length);
        return [.. HubPeer.LengthPrefix(size), .. start, .. Enumerable.Repeat((byte)'x', size - start.Length)];
    }

    private static async Task SendInFragmentsAsync(HubPeer peer, byte[] message, int fragments)
    {
        var opcode = peer.Protocol.IsBinary ? WebSocketOpcode.Binary : WebSocketOpcode.Text;
        var size = (message.Length / fragments) + 1;
        for (var at = 0; at < message.Length; at += size)
        {
            var end = Math.Min(at + size, message.Length);
            await peer.SendFrameAsync(at == 0 ? opcode : WebSocketOpcode.Continuation, message.AsSpan(at..end), fin: end == message.Length);
        }
    }

    // Expects a close message with the reason, a clean WebSocket close, and one disconnected event with an error; other clients are unaffected.
    private async Task AssertRefusedAsync(HubPeer peer, string reason)
    {
        var close = await peer.NextAsync();
        if (peer.Protocol.IsBinary)
        {
            Assert.StartsWith("9307", close, StringComparison.Ordinal);
            Assert.EndsWith("c3", close, StringComparison.Ordinal); // allowReconnect
            Assert.Contains(reason, Encoding.UTF8.GetString(Convert.FromHexString(close)), StringComparison.Ordinal);
        }
        else
        {
            Assert.StartsWith("""{"type":7,"error":""", close, StringComparison.Ordinal);
            Assert.EndsWith(""","allowReconnect":true}""", close, StringComparison.Ordinal);
            Assert.Contains(reason, close, StringComparison.Ordinal);
        }

        Assert.Equal("close:1000", await peer.NextAsync());
        await peer.DisposeAsync();
        var disconnected = await gateway.UpstreamOf(_hub).NextAsync("disconnected");
        Assert.Contains("\"error\":", disconnected.Text, StringComparison.Ordinal);
        await using var other = await gateway.ConnectAsync(_hub);
        Assert.Equal(Done, await other.InvokeAsync("x"));
    }

    private async Task AssertUpstreamAsync(params string[] events)
    {
        foreach (var name in events)
        {
            await gateway.UpstreamOf(_hub).NextAsync(name);
        }
    }

    private Task<HubPeer> OpenAsync(HubProtocol? protocol = null) =>
        HubPeer.OpenAsync(gateway.Address, _hub, GatewayFixture.ClientToken(_hub), protocol ?? HubProtocol.Json);
}
