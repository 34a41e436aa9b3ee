using System.Buffers;

namespace Serverless.Protocol.Tests;

/// <summary>
/// Damaged input: truncated at every byte, and changed at random. A reader returns a message, reports that it is incomplete, or throws one
/// of its two exceptions; any other exception would end a session as a fault of the gateway.
/// </summary>
public class MalformedTests
{
    private const int Seed = 20261121;
    private const int Mutations = 60_000;

    private static readonly string[] Json =
    [
        """{"type":1,"invocationId":"1","target":"add","arguments":[1,"ü\u0061\ud83d\ude00",{"a":[null,true,-1.5e3]}],"headers":{"a":"b"},"streamIds":["1"]}""",
        """{"type":2,"invocationId":"1","item":{"x":[]}}""",
        """{"type":3,"invocationId":"1","result":"y"}""",
        """{"type":3,"invocationId":"1","error":"y"}""",
        """{"type":4,"invocationId":"1","target":"s","arguments":[]}""",
        """{"type":7,"error":"why","allowReconnect":true}""",
        """{"type":8,"sequenceId":12}""",
    ];

    private static readonly string[] MessagePack =
    [
        "9601 81A161A162 A131 A3616464 98 01 CB3FF0000000000000 A3C3BC61 81A16191C0 C403010203 D7FF0000000000000001 CE00010000 D1FF00 91A131",
        "9402 80 A131 DE0001A178C3",
        "9503 80 A131 03 DC000201 C2",
        "9503 80 A131 01 D90179",
        "9604 80 A131 A173 90 90",
        "9307 A3776879 C3",
        "9208 CD0102",
    ];

    public static TheoryData<string> Protocols => ["json", "messagepack"];

    [Theory]
    [MemberData(nameof(Protocols))]
    public void A_message_that_is_cut_off_anywhere_is_a_protocol_error(string name)
    {
        var protocol = MessageText.Protocol(name);
        foreach (var message in Samples(protocol))
        {
            protocol.Read(message);
            for (var length = 0; length < message.Length; length++)
            {
                var part = message[..length];
                var exception = Record.Exception(() => { protocol.Read(part); });
                Assert.True(exception is HubProtocolException, $"{MessageText.Show(protocol, part)} gave {exception?.ToString() ?? "a message"}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Changed_bytes_give_a_message_or_a_protocol_error_and_nothing_else(string name)
    {
        var protocol = MessageText.Protocol(name);
        var samples = Samples(protocol);
        var random = new Random(Seed);
        var read = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var bytes = Mutate(samples[random.Next(samples.Length)], random);
            try
            {
                _ = MessageText.Read(protocol, bytes);
                read++;
                Reuse(protocol, bytes);
            }
            catch (HubProtocolException)
            {
                // The expected exception.
            }
            catch (Exception exception)
            {
                Assert.Fail($"{MessageText.Hex(bytes)} gave {exception}");
            }
        }

        Assert.InRange(read, Mutations / 100, Mutations - 1);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Changed_streams_end_in_messages_a_rest_or_one_of_the_two_errors(string name)
    {
        var protocol = MessageText.Protocol(name);
        var stream = Samples(protocol).SelectMany(message => Framed(protocol, message)).ToArray();
        var random = new Random(Seed);
        for (var i = 0; i < Mutations / 20; i++)
        {
            var bytes = Mutate(stream, random);
            var taken = 0;
            try
            {
                while (protocol.TryCut(bytes.AsSpan(taken), 0, 4096, out var message, out var consumed))
                {
                    Assert.InRange(consumed, 1, bytes.Length - taken);
                    Assert.InRange(message.Length, 0, consumed);
                    taken += consumed;
                    protocol.Read(message);
                }
            }
            catch (Exception exception) when (exception is HubProtocolException or HubMessageTooLargeException)
            {
                // As it should be.
            }
        }
    }

    // A message that was read must be writable: as an upstream body, and in the other protocol.
    private static void Reuse(HubProtocol protocol, byte[] bytes)
    {
        var message = protocol.Read(bytes);
        if (message.Type is HubMessageType.Invocation or HubMessageType.StreamInvocation)
        {
            var body = new ArrayBufferWriter<byte>();
            protocol.WriteUpstreamBody(body, in message);
            var again = protocol.Read(body.WrittenSpan);
            Assert.Equal((message.Target, message.InvocationId), (again.Target, again.InvocationId));
            Assert.True(message.Arguments.SequenceEqual(again.Arguments));
            var other = new ArrayBufferWriter<byte>();
            try
            {
                if (protocol.IsBinary)
                {
                    Transcoder.MessagePackToJson(message.Arguments, other);
                }
                else
                {
                    Transcoder.JsonToMessagePack(message.Arguments, other);
                }
            }
            catch (HubProtocolException)
            {
                // Such as a map key that JSON cannot represent.
            }
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[][] Samples(HubProtocol protocol) =>
        [.. (protocol.IsBinary ? MessagePack : Json).Select(sample => MessageText.Bytes(protocol, sample))];

    private static byte[] Framed(HubProtocol protocol, byte[] message) => protocol.IsBinary
        ? [.. MessageText.Written(output => MessagePackHubProtocol.WriteLength(output, message.Length)), .. message]
        : [.. message, 0x1E];
}
