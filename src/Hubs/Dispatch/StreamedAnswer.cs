using System.Buffers;
using Serverless.Hubs.Descriptors;
using Serverless.Protocol;

namespace Serverless.Hubs.Dispatch;

/// <summary>Writes the response to a streaming call: framed items in the client's protocol, then one completion.</summary>
internal sealed class StreamedAnswer(HubProtocol protocol, string invocationId, Stream output)
{
    private const int FlushBytes = 32 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>True when the buffer should be flushed before more items are added.</summary>
    public bool IsFull => _buffer.WrittenCount >= FlushBytes;

    public void Add(HubResult item) => item.WriteItem(protocol, _buffer, invocationId);

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_buffer.WrittenCount > 0)
        {
            await output.WriteAsync(_buffer.WrittenMemory, cancellationToken);
            _buffer.ResetWrittenCount();
            await output.FlushAsync(cancellationToken);
        }
    }

    /// <summary>Ends the stream, with an error unless it is null.</summary>
    public Task CompleteAsync(string? error, CancellationToken cancellationToken)
    {
        if (error is null)
        {
            protocol.WriteCompletion(_buffer, invocationId);
        }
        else
        {
            protocol.WriteError(_buffer, invocationId, error);
        }

        return FlushAsync(cancellationToken);
    }
}
