using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Serverless.Fuzz.Runs;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Fuzz.Parsers;

/// <summary>Hub messages in both protocols, the handshake, and values that cross protocols.</summary>
public sealed class HubProtocolTests
{
    [Fact]
    public Task Json_messages_are_read_the_same_whatever_the_cuts() => FuzzRun.RunAsync("json", static (input, random) => Check(HubProtocol.Json, input, random));

    [Fact]
    public Task Messagepack_messages_are_read_the_same_whatever_the_cuts() =>
        FuzzRun.RunAsync("messagepack", static (input, random) => Check(HubProtocol.MessagePack, input, random));

    [Fact]
    public Task A_handshake_is_read_the_same_whatever_the_cuts() => FuzzRun.RunAsync("handshakes", static (input, random) =>
        Assert.Equal(Handshake([input]), Handshake(Cuts.Pieces(input, random))));

    [Fact]
    public Task A_messagepack_value_is_skipped_or_refused_within_its_bytes() => FuzzRun.RunAsync("values", static (input, _) =>
    {
        try
        {
            var reader = new MessagePackReader(input);
            while (!reader.IsAtEnd)
            {
                var start = reader.Position;
                Assert.True(reader.ReadRaw().Length > 0);
                Assert.InRange(reader.Position, start + 1, input.Length);
            }
        }
        catch (HubProtocolException)
        {
            // The input was refused.
        }
    });

    [Fact]
    public Task A_messagepack_value_becomes_json_that_comes_back() => FuzzRun.RunAsync("values", static (input, _) =>
    {
        var json = new ArrayBufferWriter<byte>();
        try
        {
            Transcoder.MessagePackToJson(input, json);
        }
        catch (HubProtocolException)
        {
            return;
        }

        // One more round trip: the first changes -0 and base64, and a further one must not change them again.
        using var parsed = JsonDocument.Parse(json.WrittenMemory);
        var there = ToMessagePack(json.WrittenSpan);
        var back = new ArrayBufferWriter<byte>();
        Transcoder.MessagePackToJson(there, back);
        Assert.Equal(there, ToMessagePack(back.WrittenSpan));
    });

    private static void Check(HubProtocol protocol, byte[] input, Random random)
    {
        var whole = HubMessages.ReadAll(protocol, [input]);
        Assert.Equal(whole, HubMessages.ReadAll(protocol, Cuts.Pieces(input, random)));
        Assert.Equal(whole, HubMessages.ReadAll(protocol, Cuts.Pieces(input, random)));
    }

    private static byte[] ToMessagePack(ReadOnlySpan<byte> json)
    {
        var output = new ArrayBufferWriter<byte>();
        Transcoder.JsonToMessagePack(json, output);
        return output.WrittenSpan.ToArray();
    }

    private static string Handshake(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var buffer = new List<byte>();
        try
        {
            foreach (var piece in pieces)
            {
                buffer.AddRange(piece.Span);
                if (HandshakeProtocol.TryRead(CollectionsMarshal.AsSpan(buffer), out var request, out var consumed))
                {
                    return $"{request} {consumed}";
                }
            }

            return "not whole";
        }
        catch (HubProtocolException exception)
        {
            var refused = new ArrayBufferWriter<byte>();
            HandshakeProtocol.WriteRefused(refused, exception.Message);
            using var json = JsonDocument.Parse(refused.WrittenMemory[..^1]);
            Assert.Equal(exception.Message, json.RootElement.GetProperty("error").GetString());
            return Encoding.UTF8.GetString(refused.WrittenSpan);
        }
    }
}
