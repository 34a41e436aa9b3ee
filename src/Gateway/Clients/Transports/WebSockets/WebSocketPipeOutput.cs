using System.IO.Pipelines;
using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Clients.Transports.WebSockets;

/// <summary>Writes WebSocket frames through the transport's pipe; used over TLS and for relayed sockets.</summary>
internal sealed class WebSocketPipeOutput(PipeWriter writer) : PipeOutput(writer)
{
    public override ReadOnlySpan<byte> BytesOf(Frame frame) => WebSocketFrames.BytesOf(frame).Span;
}
