using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>
/// The answer to the handshake: no frame may be written before it, and it must not be written before the connection is ready.
/// </summary>
internal sealed partial class Outbox
{
    /// <summary>
    /// Queues the first frame and writes it when <paramref name="between"/> has run. Frames sent meanwhile wait behind it.
    /// </summary>
    /// <returns>The task of <paramref name="between"/>.</returns>
    public ValueTask SendFirstAsync(Frame first, Func<ValueTask> between)
    {
        Enqueue(first, out var take);
        ValueTask done;
        try
        {
            done = between();
        }
        catch
        {
            DrainIf(take);
            throw;
        }

        if (done.IsCompletedSuccessfully)
        {
            DrainIf(take);
            return default;
        }

        return DrainAfterAsync(done, take);
    }

    private async ValueTask DrainAfterAsync(ValueTask done, bool take)
    {
        try
        {
            await done;
        }
        finally
        {
            DrainIf(take);
        }
    }

    private void DrainIf(bool take)
    {
        if (take)
        {
            Drain();
        }
    }
}
