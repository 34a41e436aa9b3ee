using Serverless.Gateway.Connections.Framing;

namespace Serverless.Gateway.Connections.Outboxes;

/// <summary>The answer to the handshake: nothing may be written before it, and it not before the connection is ready.</summary>
internal sealed partial class Outbox
{
    /// <summary>
    /// Puts the first frame in line, and writes it when <paramref name="between"/> has run; what others send meanwhile waits behind it.
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
