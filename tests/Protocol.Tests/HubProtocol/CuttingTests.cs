namespace Serverless.Protocol.Tests;

/// <summary>Streams of messages that arrive in pieces of any size.</summary>
public class CuttingTests
{
    private const string JsonStream =
        """{"type":1,"target":"a","arguments":["ü😀"]}␞{"type":6}␞{"type":3,"invocationId":"1","result":{"x":"y"}}␞{"type":7}␞""";

    // Two short messages, one whose length takes two bytes (174 = ae 01), and a close.
    private static readonly string MessagePackStream =
        "0C960180A131A3616464910290" + "029106" + "079503" + "80A1310303"
        + "AE01" + "950180C0A17891D9A5" + string.Concat(Enumerable.Repeat("61", 165)) + "049307C0C2";

    public static TheoryData<string> Protocols => ["json", "messagepack"];

    [Theory]
    [MemberData(nameof(Protocols))]
    public void A_stream_split_at_every_byte_gives_the_same_messages(string name)
    {
        var protocol = MessageText.Protocol(name);
        var stream = Stream(protocol);
        var whole = Feed(protocol, [stream]);
        Assert.True(whole.Count >= 4, string.Join('\n', whole));

        for (var split = 0; split <= stream.Length; split++)
        {
            Assert.Equal(whole, Feed(protocol, [stream[..split], stream[split..]]));
        }

        Assert.Equal(whole, Feed(protocol, stream.Select(one => new[] { one })));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void A_prefix_is_not_whole_whatever_part_of_it_was_examined_before(string name)
    {
        var protocol = MessageText.Protocol(name);
        var stream = Stream(protocol);
        Assert.True(protocol.TryCut(stream, 0, int.MaxValue, out _, out var first));
        for (var length = 0; length < first; length++)
        {
            for (var examined = 0; examined <= length; examined++)
            {
                Assert.False(protocol.TryCut(stream.AsSpan(0, length), examined, int.MaxValue, out _, out _));
                Assert.True(protocol.TryCut(stream, examined, int.MaxValue, out var message, out var consumed));
                Assert.Equal((first, first - 1), (consumed, message.Length));
            }
        }
    }

    [Theory]
    [InlineData(1023, true)]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void Json_may_be_as_long_as_the_limit_without_its_terminator(int length, bool allowed)
    {
        byte[] message = [.. Enumerable.Repeat((byte)'x', length), 0x1E];
        if (allowed)
        {
            Assert.True(HubProtocol.Json.TryCut(message, 0, 1024, out var bare, out _));
            Assert.Equal(length, bare.Length);
            Assert.False(HubProtocol.Json.TryCut(message.AsSpan(0, length), 0, 1024, out _, out _));
        }
        else
        {
            Assert.Throws<HubMessageTooLargeException>(() => HubProtocol.Json.TryCut(message, 0, 1024, out _, out _));
            Assert.Throws<HubMessageTooLargeException>(() => HubProtocol.Json.TryCut(message.AsSpan(0, length), 512, 1024, out _, out _));
        }
    }

    [Fact]
    public void Json_is_too_large_only_if_its_own_message_is_and_not_what_follows()
    {
        byte[] two = [(byte)'{', (byte)'}', 0x1E, .. new byte[5000]];
        Assert.True(HubProtocol.Json.TryCut(two, 0, 1024, out var first, out var consumed));
        Assert.Equal((2, 3), (first.Length, consumed));
    }

    [Theory]
    [InlineData("8008", true)] // 1024
    [InlineData("8108", false)] // 1025
    [InlineData("FFFFFFFF07", false)]
    [InlineData("FFFFFFFF7F", false)]
    public void A_messagepack_length_over_the_limit_is_refused_before_the_message_comes(string length, bool allowed)
    {
        var bytes = Convert.FromHexString(length);
        if (allowed)
        {
            Assert.False(HubProtocol.MessagePack.TryCut(bytes, 0, 1024, out _, out _));
        }
        else
        {
            var exception = Assert.Throws<HubMessageTooLargeException>(() => HubProtocol.MessagePack.TryCut(bytes, 0, 1024, out _, out _));
            Assert.Equal("The maximum message size of 1024B was exceeded.", exception.Message);
        }
    }

    [Theory]
    [InlineData("80")]
    [InlineData("8080")]
    [InlineData("80808080")]
    public void A_messagepack_length_that_has_not_ended_is_not_whole(string hex) =>
        Assert.False(HubProtocol.MessagePack.TryCut(Convert.FromHexString(hex), 0, 1024, out _, out _));

    [Fact]
    public void A_messagepack_length_of_more_than_five_bytes_is_malformed() => Assert.Throws<HubProtocolException>(
        () => HubProtocol.MessagePack.TryCut(Convert.FromHexString("808080808001"), 0, int.MaxValue, out _, out _));

    [Fact]
    public void Protocols_are_found_by_their_exact_names()
    {
        Assert.Same(HubProtocol.Json, HubProtocol.Find("json"));
        Assert.Same(HubProtocol.MessagePack, HubProtocol.Find("messagepack"));
        Assert.Null(HubProtocol.Find("JSON"));
        Assert.Null(HubProtocol.Find("blazorpack"));
        Assert.Equal([0, 1], HubProtocol.All.Select(protocol => protocol.Index));
        Assert.Equal(["application/json", "application/x-msgpack"], HubProtocol.All.Select(protocol => protocol.ContentType));
    }

    // Feeds pieces as a session does: an incomplete message is kept, together with the number of bytes already searched.
    private static List<string> Feed(HubProtocol protocol, IEnumerable<byte[]> pieces)
    {
        var messages = new List<string>();
        byte[] buffer = [];
        var examined = 0;
        foreach (var piece in pieces)
        {
            buffer = [.. buffer, .. piece];
            while (protocol.TryCut(buffer, examined, 1 << 20, out var message, out var consumed))
            {
                messages.Add(MessageText.Read(protocol, message));
                buffer = buffer[consumed..];
                examined = 0;
            }

            examined = buffer.Length;
        }

        Assert.Empty(buffer);
        return messages;
    }

    private static byte[] Stream(HubProtocol protocol) => protocol.IsBinary
        ? Convert.FromHexString(MessagePackStream)
        : MessageText.Bytes(protocol, JsonStream);
}
