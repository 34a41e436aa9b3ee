using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Clients.Transports.WebSockets;

/// <summary>Returns the bytes of outbound frames on a WebSocket.</summary>
internal static class WebSocketFrames
{
    // FIN + Close, 2 bytes: status 1000. Clients treat any other status as an error (docs/contract/transports.md#websockets).
    private static readonly byte[] NormalClosure = [0x88, 0x02, 0x03, 0xE8];

    public static ReadOnlyMemory<byte> BytesOf(Frame frame) => frame == Frame.End ? NormalClosure : frame.WebSocketBytes;
}
