using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Management;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Gateway.Tests.Management;

/// <summary>Send requests with a MessagePack body: the messages that clients of each protocol receive.</summary>
public class MessagePackBodyTests
{
    private const string Type = "application/x-msgpack";

    // One argument each: the value, and its JSON; null where JSON cannot represent it.
    public static TheoryData<string, string?> Values => new()
    {
        { "C4020102", "\"AQI=\"" }, // binary data
        { "CA3FC00000", "1.5" }, // a float of 32 bits
        { "CB3FF8000000000000", "1.5" },
        { "D6FF00000001", "\"1970-01-01T00:00:01Z\"" }, // timestamps of 32, 64 and 96 bits
        { "D7FF0000000000000001", "\"1970-01-01T00:00:01Z\"" },
        { "C70CFF000000000000000000000001", "\"1970-01-01T00:00:01Z\"" },
        { "D405AA", "\"qg==\"" }, // extensions of other types
        { "C7031001AABB", "\"Aaq7\"" },
        { "CC01", "1" }, // an integer that is longer than necessary
        { "DB0000000161", "\"a\"" },
        { "8101A161", """{"1":"a"}""" }, // integers as keys
        { "81C301", null }, // keys: true, a float, nil, binary data, a timestamp, an array
        { "81CB3FF800000000000001", null },
        { "81C001", null },
        { "81C4010101", null },
        { "81D6FF0000000101", null },
        { "819001", null },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Arguments_reach_messagepack_clients_byte_by_byte_and_json_clients_where_json_can_have_them(string value, string? json)
    {
        var message = await AcceptedAsync($"82A6746172676574A174A9617267756D656E7473 91{value}");
        Assert.Equal(Framed($"96 01 80 C0 A174 91{value} 90"), Hex(message, HubProtocol.MessagePack));
        Assert.Equal(
            json is null ? null : $$"""{"type":1,"target":"t","arguments":[{{json}}]}""" + "\u001e",
            message.FrameFor(HubProtocol.Json) is { } frame ? Encoding.UTF8.GetString(frame.Payload.Span) : null);

        // Every version of a node reads this form between nodes: nil, then a map of the encoded forms.
        var output = new ArrayBufferWriter<byte>();
        message.Write(output);
        Assert.Equal(json is null ? [0xC0, 0x81] : [0xC0, 0x82], output.WrittenSpan[..2].ToArray());
        var reader = new MessagePackReader(output.WrittenSpan);
        var there = OutboundMessage.Read(ref reader);
        Assert.All(HubProtocol.All, protocol => Assert.Equal(Hex(message, protocol), Hex(there, protocol)));
        Assert.Equal(json is null, message.Outline() is not null);
    }

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Items_of_streams_pass_through_too(string value, string? json)
    {
        var (message, _) = await PayloadMessage.ReadItemAsync(Call(Type, Convert.FromHexString(value)), "7");
        Assert.Equal(Framed($"94 02 80 A137 {value}"), Hex(message!, HubProtocol.MessagePack));
        Assert.Equal(
            json is null ? null : $$"""{"type":2,"invocationId":"7","item":{{json}}}""" + "\u001e",
            message!.FrameFor(HubProtocol.Json) is { } frame ? Encoding.UTF8.GetString(frame.Payload.Span) : null);
    }

    [Theory]
    [InlineData("application/x-msgpack")]
    [InlineData("application/msgpack")]
    [InlineData("application/vnd.msgpack")]
    [InlineData("Application/X-MsgPack; charset=binary")]
    [InlineData("application/octet-stream")]
    public async Task Every_name_of_the_media_type_is_taken(string type)
    {
        var (message, error) = await ReadAsync(type, "82A6546172676574A174A9417267756D656E747391C40101");
        Assert.Null(error);
        Assert.Equal(Framed("96 01 80 C0 A174 91C40101 90"), Hex(message!, HubProtocol.MessagePack));
    }

    [Theory]
    [InlineData("81A6746172676574A174")]
    [InlineData("82A6746172676574A174A9617267756D656E7473C0")]
    [InlineData("8301C0 A6746172676574A174 A1789101")] // what is not known is passed over
    public async Task A_message_without_arguments_has_an_empty_list(string body) =>
        Assert.Equal(Framed("96 01 80 C0 A174 90 90"), Hex(await AcceptedAsync(body), HubProtocol.MessagePack));

    [Fact]
    public async Task A_form_is_made_once_for_all_receivers()
    {
        var message = await AcceptedAsync("82A6746172676574A174A9617267756D656E747391C40101");
        Assert.All(HubProtocol.All, protocol => Assert.Same(message.FrameFor(protocol), message.FrameFor(protocol)));

        // Arguments of 100,000 maps, of which the last has no JSON form: a fan-out that repeated the attempt for each receiver would take minutes.
        var maps = string.Concat(Enumerable.Repeat("81A16101", 99_999)) + "81C301";
        var impossible = await AcceptedAsync($"82A6746172676574A174A9617267756D656E7473DD000186A0{maps}");
        Assert.Null(impossible.FrameFor(HubProtocol.Json));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(impossible.FrameFor(HubProtocol.Json));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData("", "required")]
    [InlineData("C0", "must be a map")]
    [InlineData("91A174", "must be a map")]
    [InlineData("80", "'target' is required")]
    [InlineData("81A6746172676574A0", "'target' is required")]
    [InlineData("81A6746172676574C0", "'target' must be a string")]
    [InlineData("81A674617267657401", "'target' must be a string")]
    [InlineData("81A6746172676574A1FF", "'target' is not valid UTF-8")]
    [InlineData("82A6746172676574A174A9617267756D656E747301", "'arguments' must be an array")]
    [InlineData("82A6746172676574A174A9617267756D656E747380", "'arguments' must be an array")]
    [InlineData("82A6746172676574A174A9617267756D656E747391", "ends in the middle")]
    [InlineData("82A6746172676574A174A9617267756D656E7473DDFFFFFFFF", "ends in the middle")] // a count that lies
    [InlineData("DFFFFFFFFFA6746172676574A174", "ends in the middle")]
    [InlineData("82A6746172676574A174A9617267756D656E747391C6FFFFFFFF00", "ends in the middle")]
    [InlineData("82A6746172676574A174A9617267756D656E747391C1", "type 0xc1")]
    [InlineData("81A6746172676574A17400", "More bytes follow")]
    public async Task A_hostile_body_is_400(string body, string why)
    {
        var (message, error) = await ReadAsync(Type, body);
        Assert.Null(message);
        Assert.Equal(400, error!.Status);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_nested_too_deeply_is_400()
    {
        var (_, error) = await ReadAsync(Type, $"82A6746172676574A174A9617267756D656E7473{string.Concat(Enumerable.Repeat("91", 100_000))}90");
        Assert.Equal(400, error!.Status);
        Assert.Contains("nested deeper", error.Message, StringComparison.Ordinal);
    }

    private static async Task<OutboundMessage> AcceptedAsync(string hex)
    {
        var (message, error) = await ReadAsync(Type, hex);
        Assert.Null(error);
        return message!;
    }

    private static async Task<(OutboundMessage? Message, RestError? Error)> ReadAsync(string type, string hex) =>
        await PayloadMessage.ReadAsync(Call(type, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))));

    private static RestCall Call(string type, byte[] body)
    {
        var context = new DefaultHttpContext();
        context.Request.ContentType = type;
        context.Request.Body = new MemoryStream(body);
        return new RestCall(context, isVersion1: false);
    }

    private static string? Hex(OutboundMessage message, HubProtocol protocol) =>
        message.FrameFor(protocol) is { } frame ? Convert.ToHexString(frame.Payload.Span) : null;

    private static string Framed(string hex)
    {
        var body = hex.Replace(" ", "", StringComparison.Ordinal);
        return $"{body.Length / 2:X2}{body}";
    }
}
