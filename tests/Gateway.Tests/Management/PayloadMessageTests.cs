using System.Text;
using System.Text.Json;
using Serverless.Gateway.Management;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Management;

public class PayloadMessageTests
{
    // docs/contract/rest-api.md#message-body
    [Theory]
    [InlineData(
        "82A46A736F6EC43A7B2274797065223A312C22746172676574223A22746172676574222C22617267756D656E7473223A5B2261222C312C7B226161223A317D5D7D1EAB6D6573736167657061636BC41615960180C0A674617267657493A1610181A241610190",
        """{"type":1,"target":"target","arguments":["a",1,{"aa":1}]}␞""", "15960180c0a674617267657493a1610181a241610190")]
    [InlineData(
        "82A46A736F6EC42C7B2274797065223A312C22746172676574223A22746172676574222C22617267756D656E7473223A5B5D7D1EAB6D6573736167657061636BC40E0D960180C0A67461726765749090",
        """{"type":1,"target":"target","arguments":[]}␞""", "0d960180c0a67461726765749090")]
    [InlineData(
        "82A46A736F6EC42F7B2274797065223A312C22746172676574223A22746172676574222C22617267756D656E7473223A5B2261225D7D1EAB6D6573736167657061636BC4100F960180C0A674617267657491A16190",
        """{"type":1,"target":"target","arguments":["a"]}␞""", "0f960180c0a674617267657491a16190")]
    public void Recorded_binary_bodies_are_passed_on_byte_by_byte(string hex, string json, string messagePack)
    {
        var message = PayloadMessage.FromFrames(Convert.FromHexString(hex));
        Assert.Equal(json, Encoding.UTF8.GetString(message.FrameFor(HubProtocol.Json)!.Payload.Span).Replace('\x1e', '␞'));
        Assert.Equal(messagePack, Convert.ToHexStringLower(message.FrameFor(HubProtocol.MessagePack)!.Payload.Span));
    }

    [Fact]
    public void Protocols_that_nobody_speaks_are_left_out()
    {
        var message = PayloadMessage.FromFrames(
            [0x82, 0xA1, (byte)'x', 0xC4, 0x01, 0xFF, 0xAB, .. "messagepack"u8, 0xC4, 0x0B, .. Convert.FromHexString("0a960180c0a26869910190")]);
        Assert.NotNull(message.FrameFor(HubProtocol.MessagePack));
        Assert.Null(message.FrameFor(HubProtocol.Json));
    }

    [Fact]
    public void Every_cut_and_every_changed_byte_of_a_body_is_a_message_or_an_error_for_its_sender()
    {
        var binary = Convert.FromHexString(
            "82A46A736F6EC42C7B2274797065223A312C22746172676574223A22746172676574222C22617267756D656E7473223A5B5D7D1EAB6D6573736167657061636BC40E0D960180C0A67461726765749090");
        var json = """{"Target":"t\u0061","Arguments":["a",{"b":[1.5,null]},"ü"],"x":0}"""u8.ToArray();
        var random = new Random(20261121);
        for (var i = 0; i < 20_000; i++)
        {
            var body = (byte[])(i % 2 == 0 ? binary : json).Clone();
            body = i < 400 ? body[..Math.Min(i / 2, body.Length)] : body;
            for (var changes = i < 400 ? 0 : random.Next(1, 4); changes > 0; changes--)
            {
                body[random.Next(body.Length)] = (byte)random.Next(256);
            }

            try
            {
                var message = i % 2 == 0 ? PayloadMessage.FromFrames(body) : PayloadMessage.FromJson(body);
                foreach (var protocol in HubProtocol.All)
                {
                    // An accepted message must not fail when it is sent.
                    if (message.FrameFor(protocol) is { } frame)
                    {
                        Assert.True(protocol.TryCut(frame.Payload.Span, 0, int.MaxValue, out var bare, out var consumed));
                        Assert.Equal(frame.Payload.Length, consumed);
                        Assert.Equal(HubMessageType.Invocation, protocol.Read(bare).Type);
                    }
                }
            }
            catch (Exception exception) when (exception is JsonException or HubProtocolException or InvalidOperationException)
            {
                // The three exceptions that become a 400.
            }
        }
    }
}
