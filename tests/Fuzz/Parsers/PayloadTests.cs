using System.Buffers;
using Microsoft.AspNetCore.Http;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Management;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;

namespace Serverless.Fuzz.Parsers;

/// <summary>The bodies of send requests.</summary>
public sealed class PayloadTests
{
    private static readonly string[] Types = ["application/json", "application/x-msgpack", "application/octet-stream"];

    [Fact]
    public Task A_body_becomes_frames_that_clients_can_read_or_an_error() => FuzzRun.RunAsync("payloads", static (input, random) =>
    {
        foreach (var type in Types)
        {
            var whole = Describe(PayloadMessage.ReadAsync(Call(type, [input])));
            Assert.Equal(whole, Describe(PayloadMessage.ReadAsync(Call(type, Cuts.Pieces(input, random)))));
        }
    });

    [Fact]
    public Task An_item_of_a_stream_becomes_frames_that_clients_can_read_or_an_error() => FuzzRun.RunAsync("payloads", static (input, random) =>
    {
        foreach (var type in Types)
        {
            var whole = Describe(PayloadMessage.ReadItemAsync(Call(type, [input]), "s"));
            Assert.Equal(whole, Describe(PayloadMessage.ReadItemAsync(Call(type, Cuts.Pieces(input, random)), "s")));
        }
    });

    private static RestCall Call(string type, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var context = new DefaultHttpContext();
        context.Request.ContentType = type;
        context.Request.Body = new PiecesStream(pieces);
        return new RestCall(context, isVersion1: false);
    }

    private static string Describe(ValueTask<(OutboundMessage? Message, RestError? Error)> reading)
    {
        var (message, error) = reading.AsTask().GetAwaiter().GetResult();
        if (message is null)
        {
            Assert.Equal(StatusCodes.Status400BadRequest, error!.Status);
            return error.Message;
        }

        // Another node reads the same message.
        var output = new ArrayBufferWriter<byte>();
        message.Write(output);
        var reader = new MessagePackReader(output.WrittenSpan);
        var there = OutboundMessage.Read(ref reader);
        Assert.True(reader.IsAtEnd);
        return string.Join('\n', HubProtocol.All.Select(protocol =>
        {
            var frame = Frame(protocol, message);
            Assert.Equal(frame, Frame(protocol, there));
            return frame;
        }));
    }

    private static string Frame(HubProtocol protocol, OutboundMessage message)
    {
        if (message.FrameFor(protocol) is not { } frame)
        {
            return "";
        }

        var bytes = frame.Payload.Span;
        Assert.True(protocol.TryCut(bytes, 0, int.MaxValue, out var one, out var consumed));
        Assert.Equal(bytes.Length, consumed);
        Assert.True(protocol.Read(one).Type is HubMessageType.Invocation or HubMessageType.StreamItem);
        return Convert.ToHexString(bytes);
    }
}
