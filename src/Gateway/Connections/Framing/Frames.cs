using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Framing;

/// <summary>
/// Provides the frames that are the same for all clients, created once, and creates the small ones that gateway code sends.
/// </summary>
internal static class Frames
{
    private static readonly Frame[] Pings =
        [.. HubProtocol.All.Select(protocol => Frame.Create(protocol.IsBinary, protocol, static (output, p) => p.WritePing(output), isHousekeeping: true))];

    private static readonly Frame[] HandshakesAccepted =
        [.. HubProtocol.All.Select(protocol => Frame.Handshake(protocol.IsBinary, HandshakeProtocol.Accepted))];

    public static Frame Ping(HubProtocol protocol) => Pings[protocol.Index];

    public static Frame HandshakeAccepted(HubProtocol protocol) => HandshakesAccepted[protocol.Index];

    public static Frame HandshakeRefused(string error) =>
        Frame.Create(binary: false, error, static (output, text) => HandshakeProtocol.WriteRefused(output, text), isHousekeeping: true);

    public static Frame Close(HubProtocol protocol, string? error, bool allowReconnect) => Frame.Create(
        protocol.IsBinary,
        (protocol, error, allowReconnect),
        static (output, state) => state.protocol.WriteClose(output, state.error, state.allowReconnect),
        isHousekeeping: true);

    public static Frame Ack(HubProtocol protocol, long sequenceId) => Frame.Create(
        protocol.IsBinary,
        (protocol, sequenceId),
        static (output, state) => state.protocol.WriteAck(output, state.sequenceId),
        isHousekeeping: true);

    public static Frame Sequence(HubProtocol protocol, long sequenceId) => Frame.Create(
        protocol.IsBinary,
        (protocol, sequenceId),
        static (output, state) => state.protocol.WriteSequence(output, state.sequenceId),
        isHousekeeping: true);

    public static Frame Completion(HubProtocol protocol, string invocationId) => Frame.Create(
        protocol.IsBinary,
        (protocol, invocationId),
        static (output, state) => state.protocol.WriteCompletion(output, state.invocationId));

    /// <summary>Creates a completion with a result, which is a value of the protocol.</summary>
    public static Frame Result(HubProtocol protocol, string invocationId, ReadOnlySpan<byte> result) => Frame.Create(
        protocol.IsBinary,
        new ItemState(protocol, invocationId, result),
        static (output, state) => state.Protocol.WriteResult(output, state.InvocationId, state.Item));

    /// <summary>Creates one item of a stream, which is a value of the protocol.</summary>
    public static Frame StreamItem(HubProtocol protocol, string invocationId, ReadOnlySpan<byte> item) => Frame.Create(
        protocol.IsBinary,
        new ItemState(protocol, invocationId, item),
        static (output, state) => state.Protocol.WriteStreamItem(output, state.InvocationId, state.Item));

    public static Frame Error(HubProtocol protocol, string invocationId, string error) => Frame.Create(
        protocol.IsBinary,
        (protocol, invocationId, error),
        static (output, state) => state.protocol.WriteError(output, state.invocationId, state.error));

    private readonly ref struct ItemState(HubProtocol protocol, string invocationId, ReadOnlySpan<byte> item)
    {
        public readonly HubProtocol Protocol = protocol;
        public readonly string InvocationId = invocationId;
        public readonly ReadOnlySpan<byte> Item = item;
    }
}
