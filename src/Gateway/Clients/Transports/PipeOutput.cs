using System.Buffers;
using System.IO.Pipelines;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Outboxes;

namespace Serverless.Gateway.Clients.Transports;

/// <summary>Writes through a pipe, for transports with TLS or an HTTP response between the gateway and the socket.</summary>
internal abstract class PipeOutput(PipeWriter writer) : IConnectionOutput
{
    private readonly Lock _gate = new();
    private bool _closed;

    public virtual bool TakesBinary => true;

    public abstract ReadOnlySpan<byte> BytesOf(Frame frame);

    public ValueTask WriteAsync(ReadOnlySpan<byte> bytes)
    {
        ValueTask<FlushResult> flush;
        lock (_gate)
        {
            if (_closed)
            {
                throw new IOException("The connection is closed.");
            }

            writer.Write(bytes);
            flush = writer.FlushAsync();
        }

        if (flush.IsCompletedSuccessfully)
        {
            return flush.Result.IsCompleted ? throw new IOException("The connection is closed.") : default;
        }

        return FlushSlowAsync(flush);
    }

    /// <summary>Stops writing for good, because the pipe may serve another request.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
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
