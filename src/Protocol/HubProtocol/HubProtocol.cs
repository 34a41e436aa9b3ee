using System.Buffers;

namespace Serverless.Protocol;

/// <summary>
/// Represents the wire form of a hub protocol: splits a byte stream into messages, reads them and writes them. The two protocols are
/// <see cref="Json"/> and <see cref="MessagePack"/>; both are stateless and thread-safe.
/// Source of all forms: SignalR HubProtocol.md.
/// </summary>
public abstract class HubProtocol
{
    /// <summary>The number of protocols. Every <see cref="Index"/> is below it.</summary>
    public const int Count = 2;

    private protected HubProtocol()
    {
    }

    /// <summary>Gets the protocol named "json": UTF-8 text, each message ended by 0x1E.</summary>
    public static HubProtocol Json { get; } = new JsonHubProtocol();

    /// <summary>Gets the protocol named "messagepack": binary, each message preceded by its length.</summary>
    public static HubProtocol MessagePack { get; } = new MessagePackHubProtocol();

    /// <summary>Gets all protocols, in the order of their <see cref="Index"/>.</summary>
    public static IReadOnlyList<HubProtocol> All { get; } = [Json, MessagePack];

    /// <summary>Gets the protocol's name in the handshake.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the protocol's index in <see cref="All"/>, for arrays with an element per protocol.</summary>
    public abstract int Index { get; }

    /// <summary>Gets a value that indicates whether messages are sent as binary WebSocket messages.</summary>
    public abstract bool IsBinary { get; }

    /// <summary>Gets the media type of an upstream request that carries a message of this protocol.</summary>
    public abstract string ContentType { get; }

    /// <summary>Gets the encoding of an empty array.</summary>
    public abstract ReadOnlySpan<byte> EmptyArray { get; }

    /// <summary>Returns the protocol with a handshake name, or null.</summary>
    /// <param name="name">The name, compared by ordinal.</param>
    /// <returns>The protocol, or null when the name is unknown.</returns>
    public static HubProtocol? Find(string name) => name switch
    {
        "json" => Json,
        "messagepack" => MessagePack,
        _ => null,
    };

    /// <summary>Tries to find the first complete message in a buffer.</summary>
    /// <param name="buffer">The received bytes.</param>
    /// <param name="examined">The number of bytes at the start that an earlier call has already searched.</param>
    /// <param name="maxMessageBytes">The maximum size of a message in bytes, without its framing.</param>
    /// <param name="message">The message without its framing.</param>
    /// <param name="consumed">The length of the message and its framing, in bytes.</param>
    /// <returns>False when the message is not complete yet.</returns>
    /// <exception cref="HubMessageTooLargeException">The message exceeds the maximum size, or will.</exception>
    /// <exception cref="HubProtocolException">The framing is malformed.</exception>
    public abstract bool TryCut(
        ReadOnlySpan<byte> buffer, int examined, int maxMessageBytes, out ReadOnlySpan<byte> message, out int consumed);

    /// <summary>Returns the size of the framing of a message.</summary>
    /// <param name="messageBytes">The size of the message in bytes.</param>
    /// <returns>The size of its framing in bytes.</returns>
    public abstract int FramingBytes(int messageBytes);

    /// <summary>Returns a message with its framing.</summary>
    /// <param name="message">The message without its framing.</param>
    /// <returns>The framed message.</returns>
    public abstract byte[] Frame(ReadOnlySpan<byte> message);

    /// <summary>Reads a message.</summary>
    /// <param name="message">The message without its framing.</param>
    /// <returns>The message, whose spans point into <paramref name="message"/>.</returns>
    /// <exception cref="HubProtocolException">The message is malformed.</exception>
    public abstract HubMessage Read(ReadOnlySpan<byte> message);

    /// <summary>Returns the value of a message's header.</summary>
    /// <param name="headers">The raw headers, from <see cref="HubMessage.Headers"/>.</param>
    /// <param name="name">The header's name, compared with case.</param>
    /// <returns>The value, or null when the header is absent.</returns>
    public abstract string? FindHeader(ReadOnlySpan<byte> headers, string name);

    /// <summary>Writes a framed invocation. <paramref name="arguments"/> is a raw array in this protocol.</summary>
    public abstract void WriteInvocation(
        IBufferWriter<byte> output, string? invocationId, string target, ReadOnlySpan<byte> arguments);

    /// <summary>Writes a framed stream item. <paramref name="item"/> is a raw value in this protocol.</summary>
    public abstract void WriteStreamItem(IBufferWriter<byte> output, string invocationId, ReadOnlySpan<byte> item);

    /// <summary>Writes a framed completion without result or error.</summary>
    public abstract void WriteCompletion(IBufferWriter<byte> output, string invocationId);

    /// <summary>Writes a framed completion with a raw result in this protocol.</summary>
    public abstract void WriteResult(IBufferWriter<byte> output, string invocationId, ReadOnlySpan<byte> result);

    /// <summary>Writes a framed completion with an error.</summary>
    public abstract void WriteError(IBufferWriter<byte> output, string invocationId, string error);

    /// <summary>Writes a framed ping.</summary>
    public abstract void WritePing(IBufferWriter<byte> output);

    /// <summary>Writes a framed close message.</summary>
    public abstract void WriteClose(IBufferWriter<byte> output, string? error, bool allowReconnect);

    /// <summary>Writes a framed ack (stateful reconnect).</summary>
    public abstract void WriteAck(IBufferWriter<byte> output, long sequenceId);

    /// <summary>Writes a framed sequence message (stateful reconnect).</summary>
    public abstract void WriteSequence(IBufferWriter<byte> output, long sequenceId);

    /// <summary>
    /// Writes the body of an upstream request for an invocation or stream invocation: the message without framing
    /// (docs/contract/upstream-requests.md#messages-request), with the arguments, headers and stream ids as the client wrote them. A header
    /// <c>Authorization</c> is left out.
    /// </summary>
    /// <param name="output">The buffer to write to.</param>
    /// <param name="invocation">The invocation.</param>
    public abstract void WriteUpstreamBody(IBufferWriter<byte> output, in HubMessage invocation);
}
