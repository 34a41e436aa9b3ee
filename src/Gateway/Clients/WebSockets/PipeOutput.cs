using System.Buffers;
using System.IO.Pipelines;
using Serverless.Gateway.Connections;

namespace Serverless.Gateway.Clients.WebSockets;

/// <summary>Writes through the transport's pipe, where something lies between it and the socket: TLS.</summary>
internal sealed class PipeOutput(PipeWriter writer) : IConnectionOutput
{
    public ReadOnlySpan<byte> BytesOf(Frame frame) => WebSocketFrames.BytesOf(frame).Span;

    public ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        writer.Write(bytes);
        var flush = writer.FlushAsync();
        if (flush.IsCompletedSuccessfully)
        {
            return flush.Result.IsCompleted ? throw new IOException("The connection is closed.") : default;
        }

        return FlushSlowAsync(flush);
    }

    private static async ValueTask FlushSlowAsync(ValueTask<FlushResult> flush)
    {
        var result = await flush;
        if (result.IsCompleted)
        {
            throw new IOException("The connection is closed.");
        }
    }
}
