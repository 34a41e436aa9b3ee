using Serverless.Protocol;

namespace Serverless.Hubs.Dispatch;

/// <summary>A client's call, read from an upstream request's body.</summary>
/// <param name="Id">The invocation id; null for a call that expects no completion.</param>
/// <param name="Target">The method's name.</param>
/// <param name="IsStream">True when the client expects a stream.</param>
/// <param name="Arguments">The arguments.</param>
internal sealed record Invocation(string? Id, string Target, bool IsStream, HubArguments Arguments)
{
    /// <summary>Reads the bare hub message.</summary>
    /// <exception cref="HubProtocolException">The message is malformed or not an invocation.</exception>
    public static Invocation Read(HubProtocol protocol, ReadOnlySpan<byte> body)
    {
        var message = protocol.Read(body);
        return message.Type is HubMessageType.Invocation or HubMessageType.StreamInvocation
            ? new Invocation(
                message.InvocationId,
                message.Target!,
                message.Type == HubMessageType.StreamInvocation,
                HubArguments.Read(protocol, message.Arguments))
            : throw new HubProtocolException("The body is not an invocation.");
    }
}
