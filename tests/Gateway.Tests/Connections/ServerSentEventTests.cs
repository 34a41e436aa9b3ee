using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using Serverless.Gateway.Connections;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Connections;

public class ServerSentEventTests
{
    /// <summary>Raw between tokens, escaped within a string, and raw within a string where JSON allows it.</summary>
    public static TheoryData<string> Arguments => new(
        "[1,\r2]",
        "[1,\n2]",
        "[1,\r\n2]",
        "[1,\r\r\n\n\r2]",
        "\r[\n\"a\"\r]\n",
        """["\r\n \u0000\u001b\u2028\u0085"]""",
        "[\"\u2028\u2029\u0085\u007f\u009b31m\"]",
        "[\"data: x\",\r\"event: y\",\n\"id: z\"]");

    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task A_message_arrives_whole_and_equal_in_one_event(string arguments)
    {
        var frame = OutboundMessage.Invocation("m", Encoding.UTF8.GetBytes(arguments)).FrameFor(HubProtocol.Json)!;
        var payload = Encoding.UTF8.GetString(frame.Payload.Span);
        var events = new List<SseItem<string>>();
        await foreach (var item in SseParser.Create(new MemoryStream(frame.EventBytes.ToArray())).EnumerateAsync())
        {
            events.Add(item);
        }

        var data = Assert.Single(events).Data;
        Assert.Equal(Encoding.UTF8.GetByteCount(payload), Encoding.UTF8.GetByteCount(data));
        Assert.EndsWith("\u001e", data, StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(payload[..^1]), JsonNode.Parse(data[..^1])), data);
    }

    [Fact]
    public void Every_byte_but_line_ends_is_as_it_was_and_the_event_has_one_line()
    {
        for (var value = 0; value <= byte.MaxValue; value++)
        {
            var payload = new byte[] { (byte)'a', (byte)value, (byte)'b', 0x1e };
            var written = ServerSentEvent.Format(payload);
            payload[1] = value is '\r' or '\n' ? (byte)' ' : payload[1];
            byte[] expected = [.. "data: "u8, .. payload, .. "\r\n\r\n"u8];
            Assert.Equal(expected, written);
        }
    }
}
