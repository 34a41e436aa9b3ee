using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Metering;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Metering;

public class MessageUnitsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1024, 1)]
    [InlineData(2047, 1)]
    [InlineData(2048, 1)]
    [InlineData(2049, 2)]
    [InlineData(4096, 2)]
    [InlineData(4097, 3)]
    [InlineData(1_048_576, 512)]
    public void A_message_counts_one_unit_for_each_two_kilobytes_begun(int bytes, int units) =>
        Assert.Equal(units, MessageUnits.Of(bytes));

    [Theory]
    [InlineData(2048, 1)]
    [InlineData(2049, 2)]
    public void Its_size_is_the_hub_message_with_framing_and_without_the_websocket_header(int bytes, int units)
    {
        var frame = Frame.Copy(binary: false, new byte[bytes]);
        Assert.Equal(bytes + 4, frame.WebSocketBytes.Length);
        Assert.Equal((1, units), (frame.Messages, frame.Units));
    }

    [Fact]
    public void Housekeeping_counts_nothing_and_completions_and_items_count()
    {
        foreach (var protocol in HubProtocol.All)
        {
            Frame[] free =
            [
                Frames.Ping(protocol), Frames.HandshakeAccepted(protocol), Frames.HandshakeRefused("no"), Frames.Close(protocol, "bye", true),
                Frames.Ack(protocol, 1), Frames.Sequence(protocol, 1), Frame.Control(WebSocketOpcode.Pong, "x"u8), Frame.End,
            ];
            Assert.All(free, frame => Assert.Equal((0, 0), (frame.Messages, frame.Units)));
            byte[] item = protocol.IsBinary ? [0xA1, (byte)'x'] : "1"u8.ToArray();
            Frame[] counted = [Frames.Completion(protocol, "1"), Frames.Error(protocol, "1", "no"), Frames.StreamItem(protocol, "1", item)];
            Assert.All(counted, frame => Assert.Equal((1, 1), (frame.Messages, frame.Units)));
            Assert.Equal(1, Frames.Error(protocol, "1", new string('x', 1900)).Units);
            Assert.Equal(2, Frames.Error(protocol, "1", new string('x', 2048)).Units);
        }
    }
}
