using System.Buffers;

namespace Serverless.Protocol;

/// <summary>
/// A hub protocol's wire form: cuts a byte stream into messages, reads them and writes them. The two protocols are
/// <see cref="Json"/> and <see cref="MessagePack"/>; both are stateless and safe to share.
/// Source of all forms: SignalR HubProtocol.md.
/// </summary>
public abstract class HubProtocol
{
    /// <summary>How many protocols there are; <see cref="Index"/> is below it.</summary>
    public const int Count = 2;

    private protected HubProtocol()
    {
    }

    /// <summary>The protocol named "json": UTF-8 text, each message ended by 0x1E.</summary>
    public static HubProtocol Json { get; } = new JsonHubProtocol();

    /// <summary>The protocol named "messagepack": binary, each message preceded by its length.</summary>
    public static HubProtocol MessagePack { get; } = new MessagePackHubProtocol();

    /// <summary>Every protocol, at the place of its <see cref="Index"/>.</summary>
    public static IReadOnlyList<HubProtocol> All { get; } = [Json, MessagePack];

    /// <summary>The name in the handshake.</summary>
    public abstract string Name { get; }

    /// <summary>A small number for tables by protocol.</summary>
    public abstract int Index { get; }

    /// <summary>True if messages travel in binary WebSocket messages.</summary>
    public abstract bool IsBinary { get; }

    /// <summary>The media type of an upstream request that carries a message of this protocol.</summary>
    public abstract string ContentType { get; }

    /// <summary>An array without elements.</summary>
    public abstract ReadOnlySpan<byte> EmptyArray { get; }

    /// <summary>The protocol with this handshake name (ordinal), or null.</summary>
    public static HubProtocol? Find(string name) => name switch
    {
        "json" => Json,
        "messagepack" => MessagePack,
        _ => null,
    };

    /// <summary>
    /// Finds the first whole message in <paramref name="buffer"/>.
    /// </summary>
    /// <param name="buffer">Bytes as they came.</param>
    /// <param name="examined">Bytes at the start that an earlier call has already searched in vain.</param>
    /// <param name="maxMessageBytes">Largest message allowed, framing excluded.</param>
    /// <param name="message">The message without its framing.</param>
    /// <param name="consumed">Bytes that the message and its framing take.</param>
    /// <returns>False if the message is not whole yet.</returns>
    /// <exception cref="HubMessageTooLargeException">The message is, or is sure to become, larger than allowed.</exception>
    /// <exception cref="HubProtocolException">The framing is malformed.</exception>
    public abstract bool TryCut(
        ReadOnlySpan<byte> buffer, int examined, int maxMessageBytes, out ReadOnlySpan<byte> message, out int consumed);

    /// <summary>Bytes by which its framing makes a message of so many bytes longer.</summary>
    public abstract int FramingBytes(int messageBytes);

    /// <summary>Reads one message without its framing.</summary>
    /// <exception cref="HubProtocolException">The message is malformed.</exception>
    public abstract HubMessage Read(ReadOnlySpan<byte> message);

    /// <summary>The value of a message's header; null if it is not among them.</summary>
    /// <param name="headers">The headers as <see cref="HubMessage.Headers"/> has them.</param>
    /// <param name="name">The header's name, compared with case.</param>
    public abstract string? FindHeader(ReadOnlySpan<byte> headers, string name);

    /// <summary>Writes a framed invocation. <paramref name="arguments"/> is a raw array in this protocol.</summary>
    public abstract void WriteInvocation(
        IBufferWriter<byte> output, string? invocationId, string target, ReadOnlySpan<byte> arguments);

    /// <summary>Writes a framed stream item. <paramref name="item"/> is a raw value in this protocol.</summary>
    public abstract void WriteStreamItem(IBufferWriter<byte> output, string invocationId, ReadOnlySpan<byte> item);

    /// <summary>Writes a framed completion that carries nothing.</summary>
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
    /// Writes an invocation or stream invocation as an upstream request carries it: the bare message, without framing
    /// (docs/contract/upstream-requests.md#messages-request), arguments, headers and stream ids as the client wrote them. A header
    /// <c>Authorization</c> is left out.
    /// </summary>
    public abstract void WriteUpstreamBody(IBufferWriter<byte> output, in HubMessage invocation);
}
