using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;
using Serverless.Gateway.Limits;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Connections;

public class FrameTests
{
    // RFC 6455 §5.2
    [Theory]
    [InlineData(0, "8100")]
    [InlineData(125, "817d")]
    [InlineData(126, "817e007e")]
    [InlineData(65535, "817effff")]
    [InlineData(65536, "817f0000000000010000")]
    public void A_frame_is_one_unmasked_websocket_message(int length, string header)
    {
        var frame = Frame.Copy(binary: false, new byte[length]);
        Assert.Equal(header, Convert.ToHexStringLower(frame.WebSocketBytes.Span[..^length]));
        Assert.Equal(length, frame.Payload.Length);
        Assert.Equal((header.Length / 2) + length, frame.Length);
    }

    [Fact]
    public void The_opcode_follows_the_protocol()
    {
        Assert.Equal(0x82, Frame.Copy(binary: true, []).WebSocketBytes.Span[0]);
        Assert.Equal("8a0178", Convert.ToHexStringLower(Frame.Control(WebSocketOpcode.Pong, "x"u8).WebSocketBytes.Span));
        Assert.Equal("82" + "03029106", Convert.ToHexStringLower(Frames.Ping(HubProtocol.MessagePack).WebSocketBytes.Span));
        Assert.Equal("82037b7d1e", Convert.ToHexStringLower(Frames.HandshakeAccepted(HubProtocol.MessagePack).WebSocketBytes.Span));
        Assert.Equal(0x81, Frames.HandshakeRefused("x").WebSocketBytes.Span[0]);
    }

    [Fact]
    public void A_queue_gives_back_what_it_took_through_every_growth()
    {
        var queue = default(FrameQueue);
        var queued = QueuedBytes.WithMaxBytes(long.MaxValue);
        var frames = Enumerable.Range(0, 1000).Select(i => Frame.Copy(binary: false, new byte[i % 7])).ToArray();
        var random = new Random(20261121);
        var (pushed, popped) = (0, 0);
        while (popped < frames.Length)
        {
            if (pushed < frames.Length && (pushed == popped || random.Next(5) != 0))
            {
                queue.Push(frames[pushed++]);
            }
            else
            {
                Assert.Same(frames[popped], queue.Peek());
                Assert.Same(frames[popped++], queue.Pop(queued));
            }

            Assert.Equal(pushed - popped, queue.Count);
            Assert.Equal(frames[popped..pushed].Sum(frame => frame.Cost), queue.Bytes);
            if (queue.Count == 0 && random.Next(2) == 0)
            {
                queue.Release();
            }
        }
    }

    [Fact]
    public void A_message_is_encoded_once_per_protocol()
    {
        var message = OutboundMessage.Invocation("m", """[1,"ü"]"""u8.ToArray());
        var json = message.FrameFor(HubProtocol.Json)!;
        var messagePack = message.FrameFor(HubProtocol.MessagePack)!;
        Assert.Same(json, message.FrameFor(HubProtocol.Json));
        Assert.Same(messagePack, message.FrameFor(HubProtocol.MessagePack));
        Assert.Equal("""{"type":1,"target":"m","arguments":[1,"ü"]}""" + "\x1e", System.Text.Encoding.UTF8.GetString(json.Payload.Span));
        Assert.Equal("0c960180c0a16d9201a2c3bc90", Convert.ToHexStringLower(messagePack.Payload.Span));
    }

    [Fact]
    public void An_encoded_message_has_the_protocols_it_came_with()
    {
        var frame = Frame.Copy(binary: true, [1]);
        var message = OutboundMessage.Encoded([(HubProtocol.MessagePack, frame)]);
        Assert.Same(frame, message.FrameFor(HubProtocol.MessagePack));
        Assert.Null(message.FrameFor(HubProtocol.Json));
    }

    [Fact]
    public void Threads_that_encode_the_same_message_agree_on_one_frame()
    {
        for (var round = 0; round < 200; round++)
        {
            var message = OutboundMessage.Invocation("m", "[1]"u8.ToArray());
            var frames = new Frame[4];
            Parallel.For(0, 4, i => frames[i] = message.FrameFor(HubProtocol.All[i % 2])!);
            Assert.Same(frames[0], frames[2]);
            Assert.Same(frames[1], frames[3]);
        }
    }
}
