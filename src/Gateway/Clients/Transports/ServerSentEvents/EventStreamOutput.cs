using System.IO.Pipelines;
using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Clients.Transports.ServerSentEvents;

/// <summary>Writes each frame as one event into the response to the client's GET. The response's end marks the connection's end.</summary>
internal sealed class EventStreamOutput(PipeWriter writer) : PipeOutput(writer)
{
    public override bool TakesBinary => false;

    public override ReadOnlySpan<byte> BytesOf(Frame frame) => frame == Frame.End ? [] : frame.EventBytes.Span;
}
