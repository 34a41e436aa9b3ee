namespace Serverless.Protocol;

/// <summary>
/// Represents a hub message that was read from the wire. Spans point into the reader's buffer and are raw values in the message's own
/// protocol (JSON text or MessagePack), so that arguments and results are forwarded without being deserialized.
/// </summary>
public ref struct HubMessage
{
    /// <summary>Gets or sets the type; <see cref="HubMessageType.None"/> for a type that this version does not know.</summary>
    public HubMessageType Type { get; set; }

    /// <summary>Gets or sets the invocation id; null for a call that expects no completion. Never empty.</summary>
    public string? InvocationId { get; set; }

    /// <summary>Gets or sets the name of the method, for invocations.</summary>
    public string? Target { get; set; }

    /// <summary>Gets or sets the raw array of the arguments, brackets or array header included, for invocations.</summary>
    public ReadOnlySpan<byte> Arguments { get; set; }

    /// <summary>Gets or sets the raw array of client-to-server stream ids; empty if absent.</summary>
    public ReadOnlySpan<byte> StreamIds { get; set; }

    /// <summary>Gets or sets a value that indicates whether <see cref="StreamIds"/> contains at least one id.</summary>
    public bool HasStreamIds { get; set; }

    /// <summary>Gets or sets the raw object or map of the headers; empty if absent or without entries.</summary>
    public ReadOnlySpan<byte> Headers { get; set; }

    /// <summary>Gets or sets a value that indicates whether <see cref="Value"/> is present.</summary>
    public bool HasValue { get; set; }

    /// <summary>Gets or sets the raw result of a completion, or the raw stream item.</summary>
    public ReadOnlySpan<byte> Value { get; set; }

    /// <summary>Gets or sets the error of a completion or close message; null if absent. Never empty.</summary>
    public string? Error { get; set; }

    /// <summary>
    /// Gets or sets a value that indicates whether optional fields were present without meaning: null, empty, or of another message type.
    /// Strict clients refuse such a message, so it is re-encoded for them.
    /// </summary>
    public bool HasEmptyFields { get; set; }

    /// <summary>Gets or sets a value that indicates, for a close message, whether the peer may reconnect automatically.</summary>
    public bool AllowReconnect { get; set; }

    /// <summary>Gets or sets the sequence id of ack and sequence messages.</summary>
    public long SequenceId { get; set; }
}
