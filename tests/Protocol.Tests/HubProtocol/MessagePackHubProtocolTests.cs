using System.Buffers;

namespace Serverless.Protocol.Tests;

public class MessagePackHubProtocolTests
{
    private static readonly HubProtocol MessagePack = HubProtocol.MessagePack;

    // The first nine are examples of docs/contract/hub-protocol.md#messages.
    private static readonly Dictionary<string, (Action<IBufferWriter<byte>> Write, string Bytes, string Message)> Forms = new()
    {
        ["invocation with id"] = (
            output => MessagePack.WriteInvocation(output, "1", "add", [0x91, 0x02]),
            "0C 96 01 80 A1 31 A3 61 64 64 91 02 90",
            "Invocation id=1 target=add arguments=9102 noStreamIds=90"),
        ["invocation without id"] = (
            output => MessagePack.WriteInvocation(output, null, "hi", [0x91, 0x01]),
            "0A 96 01 80 C0 A2 68 69 91 01 90",
            "Invocation target=hi arguments=9101 noStreamIds=90"),
        ["completion with result"] = (
            output => MessagePack.WriteResult(output, "1", [0x03]), "07 95 03 80 A1 31 03 03", "Completion id=1 value=03"),
        ["completion with nothing"] = (
            output => MessagePack.WriteCompletion(output, "1"), "06 94 03 80 A1 31 02", "Completion id=1"),
        ["completion with error"] = (
            output => MessagePack.WriteError(output, "1", "no"), "09 95 03 80 A1 31 01 A2 6E 6F", "Completion id=1 error=no"),
        ["ping"] = (MessagePack.WritePing, "02 91 06", "Ping"),
        ["close"] = (output => MessagePack.WriteClose(output, null, allowReconnect: false), "04 93 07 C0 C2", "Close"),
        ["close with reconnect"] = (
            output => MessagePack.WriteClose(output, null, allowReconnect: true), "04 93 07 C0 C3", "Close reconnect=true"),
        ["ack"] = (output => MessagePack.WriteAck(output, 5), "03 92 08 05", "Ack sequence=5"),
        ["sequence"] = (output => MessagePack.WriteSequence(output, 1), "03 92 09 01", "Sequence sequence=1"),
        ["close with error"] = (
            output => MessagePack.WriteClose(output, "ü", allowReconnect: false), "06 93 07 A2 C3 BC C2", "Close error=ü"),
        ["stream item"] = (
            output => MessagePack.WriteStreamItem(output, "1", [0xC0]), "06 94 02 80 A1 31 C0", "StreamItem id=1 value=c0"),
        ["long ack"] = (
            output => MessagePack.WriteAck(output, long.MaxValue), "0B 92 08 CF 7F FF FF FF FF FF FF FF", $"Ack sequence={long.MaxValue}"),
    };

    public static TheoryData<string> FormNames => [.. Forms.Keys];

    [Theory]
    [MemberData(nameof(FormNames))]
    public void What_is_written_is_the_documented_form_and_reads_back(string name)
    {
        var (write, bytes, message) = Forms[name];
        var written = MessageText.Written(write);

        Assert.Equal(MessageText.Hex(MessageText.FromHex(bytes)), MessageText.Hex(written));
        Assert.True(MessagePack.TryCut(written, 0, int.MaxValue, out var bare, out var consumed));
        Assert.Equal(written.Length, consumed);
        Assert.Equal(message, MessageText.Read(MessagePack, bare));
    }

    // Old, foreign and unusual forms that must be read.
    [Theory]
    [InlineData("95 01 80 C0 A1 78 90", "Invocation target=x arguments=90")] // five elements: an old peer
    [InlineData("95 01 80 A0 A1 78 90", "Invocation target=x arguments=90")] // empty id: none
    [InlineData("95 01 C0 C0 A1 78 90", "Invocation target=x arguments=90")] // nil headers
    [InlineData("96 01 81 A1 61 A1 62 C0 A1 78 90 90", "Invocation target=x headers=81a161a162 arguments=90 noStreamIds=90")]
    [InlineData("96 01 80 C0 A1 78 90 91 A1 37", "Invocation target=x arguments=90 streamIds=91a137")]
    [InlineData("97 01 80 C0 A1 78 90 90 C3", "Invocation target=x arguments=90 noStreamIds=90")] // more elements than known
    [InlineData("95 D0 01 80 C0 A1 78 90", "Invocation target=x arguments=90")] // any width of integer
    [InlineData("95 CF 00 00 00 00 00 00 00 01 80 C0 D9 01 78 DC 00 00", "Invocation target=x arguments=dc0000")]
    [InlineData("DC 00 05 01 DE 00 00 C0 DA 00 01 78 DD 00 00 00 00", "Invocation target=x arguments=dd00000000")]
    [InlineData("96 04 80 A1 31 A1 78 90 90", "StreamInvocation id=1 target=x arguments=90 noStreamIds=90")]
    [InlineData("93 05 80 A1 31", "CancelInvocation id=1")]
    [InlineData("95 03 80 A1 31 02 C0", "Completion id=1")] // void with a superfluous element
    [InlineData("92 07 C0", "Close")] // two elements
    [InlineData("92 07 A3 77 68 79", "Close error=why")]
    [InlineData("91 0A", "None")]
    [InlineData("91 00", "None")]
    [InlineData("91 FF", "None")]
    [InlineData("92 CE 7F FF FF FF 01", "None")]
    public void Messages_of_peers_are_read(string hex, string message) =>
        Assert.Equal(message, MessageText.Read(MessagePack, MessageText.FromHex(hex)));

    [Theory]
    [InlineData("")]
    [InlineData("90")] // no type
    [InlineData("91")] // promises an element
    [InlineData("80")]
    [InlineData("01")]
    [InlineData("C1")]
    [InlineData("91 A1 36")] // type as text
    [InlineData("91 CF FF FF FF FF FF FF FF FF")]
    [InlineData("94 01 80 C0 A1 78")] // too few elements
    [InlineData("95 01 90 C0 A1 78 90")] // headers are no map
    [InlineData("95 01 81 A1 61 01 C0 A1 78 90")] // a header that is no text
    [InlineData("95 01 80 01 A1 78 90")] // id is no text
    [InlineData("95 01 80 C0 C0 90")] // no target
    [InlineData("95 01 80 C0 01 90")]
    [InlineData("95 01 80 C0 A1 78 80")] // arguments are no array
    [InlineData("95 01 80 C0 A1 78 C0")]
    [InlineData("95 04 80 C0 A1 78 90")] // a stream call without an id
    [InlineData("94 02 80 C0 01")]
    [InlineData("93 02 80 A1 31")]
    [InlineData("94 03 80 A1 31 01")] // error without a text
    [InlineData("94 03 80 A1 31 03")] // result without a value
    [InlineData("95 03 80 A1 31 04 C0")] // unknown kind
    [InlineData("95 03 80 A1 31 00 C0")]
    [InlineData("95 03 80 C0 03 C0")]
    [InlineData("93 05 80 C0")]
    [InlineData("91 07")]
    [InlineData("93 07 C0 01")] // reconnect is no boolean
    [InlineData("91 08")]
    [InlineData("92 09 A1 31")]
    [InlineData("DD FF FF FF FF 06")] // lying counts
    [InlineData("95 01 DF FF FF FF FF C0 A1 78 90")]
    [InlineData("95 01 80 C0 A1 78 DD FF FF FF FF")]
    [InlineData("95 01 80 C0 DB FF FF FF FF 78 90")]
    [InlineData("95 01 80 C0 A1 78 91 C6 FF FF FF FF")]
    [InlineData("95 01 80 C0 A1 78 91 C9 FF FF FF FF 01")]
    [InlineData("95 01 80 C0 A1 78 91 C1")]
    public void Anything_else_is_a_protocol_error(string hex)
    {
        var bytes = MessageText.FromHex(hex);
        Assert.Throws<HubProtocolException>(() => { MessagePack.Read(bytes); });
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(100_000, false)]
    public void Arguments_may_nest_64_deep(int arrays, bool allowed)
    {
        byte[] bytes = [0x95, 0x01, 0x80, 0xC0, 0xA1, 0x78, .. Enumerable.Repeat((byte)0x91, arrays - 1), 0x90];
        var exception = Record.Exception(() => { MessagePack.Read(bytes); });
        Assert.Equal(allowed, exception is null);
        Assert.True(exception is null or HubProtocolException);
    }

    // docs/contract/upstream-requests.md#messages-request
    [Theory]
    [InlineData("96 01 80 A1 31 A3 61 64 64 92 01 02 90", "96 01 80 A1 31 A3 61 64 64 92 01 02 90")]
    [InlineData("95 01 80 A1 31 A4 45 63 68 6F 91 A1 68", "96 01 80 A1 31 A4 45 63 68 6F 91 A1 68 90")]
    [InlineData("96 01 80 A1 33 A7 4E 6F 74 68 69 6E 67 90 90", "96 01 80 A1 33 A7 4E 6F 74 68 69 6E 67 90 90")]
    [InlineData("96 04 81 A1 61 A1 62 A1 73 A1 78 DC 00 00 91 A1 37", "96 04 81 A1 61 A1 62 A1 73 A1 78 DC 00 00 91 A1 37")]
    [InlineData("95 01 C0 A0 A1 78 90", "96 01 80 C0 A1 78 90 90")]
    public void The_upstream_body_is_the_bare_array_with_the_clients_own_arguments(string message, string body)
    {
        var bytes = MessageText.FromHex(message);
        var written = MessageText.Written(output => MessagePack.WriteUpstreamBody(output, MessagePack.Read(bytes)));
        Assert.Equal(MessageText.Hex(MessageText.FromHex(body)), MessageText.Hex(written));
    }

    [Theory]
    [InlineData(0, "00")]
    [InlineData(127, "7f")]
    [InlineData(128, "8001")]
    [InlineData(5248, "8029")]
    [InlineData(16383, "ff7f")]
    [InlineData(16384, "808001")]
    [InlineData(2_097_152, "80808001")]
    [InlineData(268_435_456, "8080808001")]
    [InlineData(int.MaxValue, "ffffffff07")]
    public void Lengths_are_written_seven_bits_a_byte_lowest_first(int length, string hex) =>
        Assert.Equal(hex, MessageText.Hex(MessageText.Written(output => MessagePackHubProtocol.WriteLength(output, length))));

    [Fact]
    public void A_large_message_after_a_small_one_is_framed_right()
    {
        // The body is collected in a buffer of the thread, which is released when it has grown.
        byte[] large = [0xC6, 0x00, 0x02, 0x00, 0x00, .. new byte[0x20000]];
        foreach (var result in (byte[][])[[0x01], large, [0x02]])
        {
            var written = MessageText.Written(output => MessagePack.WriteResult(output, "1", result));
            Assert.True(MessagePack.TryCut(written, 0, int.MaxValue, out var bare, out var consumed));
            Assert.Equal(written.Length, consumed);
            Assert.Equal(MessageText.Hex(result), MessageText.Hex(MessagePack.Read(bare).Value));
        }
    }
}
