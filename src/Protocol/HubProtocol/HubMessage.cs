namespace Serverless.Protocol;

/// <summary>
/// One hub message as read from the wire. Spans point into the reader's buffer and are raw values in the message's own protocol
/// (JSON text or MessagePack), so that arguments and results pass through without being deserialized.
/// </summary>
public ref struct HubMessage
{
    /// <summary>What the message is; <see cref="HubMessageType.None"/> for a type this version does not know.</summary>
    public HubMessageType Type { get; set; }

    /// <summary>The call's id; null for a call that wants no answer. Never empty.</summary>
    public string? InvocationId { get; set; }

    /// <summary>The method's name, of invocations.</summary>
    public string? Target { get; set; }

    /// <summary>The arguments' array, brackets or array header included, of invocations.</summary>
    public ReadOnlySpan<byte> Arguments { get; set; }

    /// <summary>The array of client-to-server stream ids; empty if absent.</summary>
    public ReadOnlySpan<byte> StreamIds { get; set; }

    /// <summary>True if <see cref="StreamIds"/> names at least one stream.</summary>
    public bool HasStreamIds { get; set; }

    /// <summary>The headers' object or map; empty if absent or without entries.</summary>
    public ReadOnlySpan<byte> Headers { get; set; }

    /// <summary>True if <see cref="Value"/> is there: a completion's result or a stream item.</summary>
    public bool HasValue { get; set; }

    /// <summary>A completion's result or a stream item.</summary>
    public ReadOnlySpan<byte> Value { get; set; }

    /// <summary>The error of a completion or close message; null if absent. Never empty.</summary>
    public string? Error { get; set; }

    /// <summary>
    /// True if optional fields were present without meaning: null, empty, or of another message type. Strict clients refuse such a
    /// message, so it is encoded anew for them.
    /// </summary>
    public bool HasEmptyFields { get; set; }

    /// <summary>Of a close message: whether the peer may connect again by itself.</summary>
    public bool AllowReconnect { get; set; }

    /// <summary>The id in ack and sequence messages.</summary>
    public long SequenceId { get; set; }
}
