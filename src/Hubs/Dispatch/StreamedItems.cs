using System.IO.Pipelines;

namespace Serverless.Hubs.Dispatch;

/// <summary>Copies the answer of a streaming call into a response as it is produced.</summary>
internal static class StreamedItems
{
    private const int MaxBufferedBytes = 64 * 1024;

    /// <summary>The pipe between hub and response. A hub that is faster than the client waits while 64 KiB are unsent.</summary>
    public static PipeOptions Options { get; } = new(
        pauseWriterThreshold: MaxBufferedBytes, resumeWriterThreshold: MaxBufferedBytes / 2, useSynchronizationContext: false);

    /// <summary>Writes what has gathered and flushes it, until the pipe ends.</summary>
    /// <param name="items">The framed items and the completion.</param>
    /// <param name="output">The response.</param>
    /// <param name="ended">Ends the copying; cancelled when the response cannot be written.</param>
    public static async Task CopyAsync(PipeReader items, Stream output, CancellationTokenSource ended)
    {
        var cancellationToken = ended.Token;
        try
        {
            while (true)
            {
                var result = await items.ReadAsync(cancellationToken);
                foreach (var part in result.Buffer)
                {
                    await output.WriteAsync(part, cancellationToken);
                }

                if (!result.Buffer.IsEmpty)
                {
                    await output.FlushAsync(cancellationToken);
                }

                items.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch
        {
            await ended.CancelAsync();
            throw;
        }
        finally
        {
            await items.CompleteAsync();
        }
    }
}
