using System.Buffers;
using Serverless.Protocol;

namespace Serverless.Hubs.Dispatch;

/// <summary>The message of a call, framed for the framework's handler.</summary>
/// <param name="Target">The name of the method that the client calls.</param>
/// <param name="InvocationId">The client's invocation id; null for a call that expects no completion.</param>
/// <param name="IsStream">True when the client expects a stream.</param>
/// <param name="Framed">The framed message, always with an invocation id, because the end of a call is known by its completion.</param>
internal readonly record struct CallMessage(string Target, string? InvocationId, bool IsStream, ReadOnlyMemory<byte> Framed)
{
    private const string IdOfSend = "0";

    /// <summary>Reads the body of an upstream request: a bare hub message.</summary>
    /// <exception cref="HubProtocolException">The message is malformed or not an invocation.</exception>
    public static CallMessage Read(HubProtocol protocol, ReadOnlyMemory<byte> body)
    {
        var message = protocol.Read(body.Span);
        if (message.Type is not (HubMessageType.Invocation or HubMessageType.StreamInvocation))
        {
            throw new HubProtocolException("The body is not an invocation.");
        }

        var id = message.InvocationId;
        ReadOnlySpan<byte> bare = body.Span;
        if (id is null)
        {
            message.InvocationId = IdOfSend;
            var rewritten = new ArrayBufferWriter<byte>(body.Length + 32);
            protocol.WriteUpstreamBody(rewritten, in message);
            bare = rewritten.WrittenSpan;
        }

        return new CallMessage(message.Target!, id, message.Type == HubMessageType.StreamInvocation, protocol.Frame(bare));
    }
}
