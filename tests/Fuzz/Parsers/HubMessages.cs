using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Serverless.Protocol;

namespace Serverless.Fuzz.Parsers;

/// <summary>Reads hub messages from bytes in pieces, as a session does, and records them as text.</summary>
internal static class HubMessages
{
    /// <summary>The maximum message size; small, so that inputs reach it.</summary>
    public const int MaxBytes = 4096;

    /// <summary>Returns every message, followed by the error or the number of bytes left.</summary>
    public static string ReadAll(HubProtocol protocol, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var read = new StringBuilder();
        var buffer = new List<byte>();
        try
        {
            foreach (var piece in pieces)
            {
                var examined = buffer.Count;
                buffer.AddRange(piece.Span);
                while (protocol.TryCut(CollectionsMarshal.AsSpan(buffer), examined, MaxBytes, out var bytes, out var consumed))
                {
                    Assert.InRange(consumed, bytes.Length, buffer.Count);
                    var message = protocol.Read(bytes);
                    Append(read, in message);
                    AssertRoundTrip(protocol, in message);
                    buffer.RemoveRange(0, consumed);
                    examined = 0;
                }
            }

            return read.Append(buffer.Count).Append(" left").ToString();
        }
        catch (HubProtocolException exception)
        {
            return read.Append(exception.Message).ToString();
        }
    }

    /// <summary>Appends every field of a message.</summary>
    public static void Append(StringBuilder text, in HubMessage message) => text
        .Append((int)message.Type).Append(' ').Append(message.InvocationId).Append(' ').Append(message.Target).Append(' ')
        .Append(Convert.ToHexString(message.Arguments)).Append(' ').Append(message.HasStreamIds).Append(' ')
        .Append(Convert.ToHexString(message.Headers)).Append(' ').Append(message.HasValue).Append(Convert.ToHexString(message.Value)).Append(' ')
        .Append(message.Error).Append(' ').Append(message.AllowReconnect).Append(' ').Append(message.SequenceId).Append('\n');

    // A message that is written and read again must be the same message.
    private static void AssertRoundTrip(HubProtocol protocol, in HubMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        var id = message.InvocationId;
        switch (message.Type)
        {
            case HubMessageType.Invocation or HubMessageType.StreamInvocation:
                protocol.WriteUpstreamBody(output, in message);
                AssertEqual(in message, protocol.Read(output.WrittenSpan));
                if (!message.Headers.IsEmpty)
                {
                    protocol.FindHeader(message.Headers, "traceparent");
                }

                AssertTranscodes(protocol, message.Arguments);
                return;
            case HubMessageType.StreamItem:
                protocol.WriteStreamItem(output, id!, message.Value);
                AssertTranscodes(protocol, message.Value);
                break;
            case HubMessageType.Completion when message.HasValue:
                protocol.WriteResult(output, id!, message.Value);
                break;
            case HubMessageType.Completion when message.Error is not null:
                protocol.WriteError(output, id!, message.Error);
                break;
            case HubMessageType.Completion:
                protocol.WriteCompletion(output, id!);
                break;
            case HubMessageType.Close:
                protocol.WriteClose(output, message.Error, message.AllowReconnect);
                break;
            case HubMessageType.Ack:
                protocol.WriteAck(output, message.SequenceId);
                break;
            case HubMessageType.Sequence:
                protocol.WriteSequence(output, message.SequenceId);
                break;
            default:
                return;
        }

        Assert.True(protocol.TryCut(output.WrittenSpan, 0, int.MaxValue, out var bytes, out var consumed));
        Assert.Equal(output.WrittenCount, consumed);
        AssertSame(in message, protocol.Read(bytes));
    }

    private static void AssertEqual(in HubMessage one, in HubMessage other)
    {
        Assert.Equal(
            (one.Type, one.InvocationId, one.Target, one.HasStreamIds), (other.Type, other.InvocationId, other.Target, other.HasStreamIds));
        Assert.True(one.Arguments.SequenceEqual(other.Arguments) && one.Headers.SequenceEqual(other.Headers));
    }

    // A message may contain fields that its type does not have.
    private static void AssertSame(in HubMessage one, in HubMessage other)
    {
        Assert.Equal(one.Type, other.Type);
        switch (one.Type)
        {
            case HubMessageType.StreamItem or HubMessageType.Completion:
                Assert.Equal((one.InvocationId, one.HasValue), (other.InvocationId, other.HasValue));
                Assert.True(one.Value.SequenceEqual(other.Value));
                Assert.Equal(one.Type == HubMessageType.Completion ? one.Error : null, other.Error);
                break;
            case HubMessageType.Close:
                Assert.Equal((one.Error, one.AllowReconnect), (other.Error, other.AllowReconnect));
                break;
            default:
                Assert.Equal(one.SequenceId, other.SequenceId);
                break;
        }
    }

    private static void AssertTranscodes(HubProtocol protocol, ReadOnlySpan<byte> value)
    {
        try
        {
            if (protocol.IsBinary)
            {
                Transcoder.MessagePackToJson(value, new ArrayBufferWriter<byte>());
            }
            else
            {
                Transcoder.JsonToMessagePack(value, new ArrayBufferWriter<byte>());
            }
        }
        catch (HubProtocolException)
        {
            // A map key that JSON cannot represent.
        }
    }
}
