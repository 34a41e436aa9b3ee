using System.IO.Pipelines;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>Decides when reading pauses for lack of room, in the connection's own queue of calls or in the node.</summary>
internal sealed partial class HubSession
{
    // While the node is short of memory, messages up to this size are still read from clients whose queue is empty.
    private const int SmallBytes = 64 * 1024;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Updates the node's count of queued bytes by the unfinished message that remains after a read.</summary>
    public void Settle(in InboundBuffer inbound)
    {
        var (before, now) = (connection.UnfinishedBytes, inbound.Capacity);
        if (now > before)
        {
            services.Queued.Add(now - before);
        }
        else if (now < before)
        {
            services.Queued.Remove(before - now);
        }

        if (now != before)
        {
            connection.UnfinishedBytes = now;
        }
    }

    /// <summary>Returns null if reading may continue; else a task that completes when it may, or when the connection closes or its client has gone.</summary>
    /// <param name="input">The source of the client's bytes; null where <paramref name="aborted"/> reports their end.</param>
    /// <param name="aborted">Cancelled when the client has gone.</param>
    public Task? HoldReading(PipeReader? input, CancellationToken aborted = default) =>
        !connection.IsClosing && FindWait() is { } room ? HoldReadingAsync(room, input, aborted) : null;

    private Task? FindWait() => _way?.WaitForRoom() ?? (MustWaitForNode() ? services.Queued.WaitForRoom() : null);

    // Only bytes that others hold count, so that one message is always read, however large it is beside the limit.
    private bool MustWaitForNode()
    {
        var (limit, others) = (services.Queued.MaxBytes, services.Queued.Held - connection.UnfinishedBytes);
        return others >= limit / 2
            && connection.Kind != ConnectionKind.LiveTrace
            && (connection.UnfinishedBytes > SmallBytes || _way is { HasCallsInLine: true } || (others >= limit && !connection.IsAwaited));
    }

    private async Task HoldReadingAsync(Task? room, PipeReader? input, CancellationToken aborted)
    {
        connection.ReadingHeld = true;
        var over = Task.WhenAny(connection.WaitForOutputEndAsync(), connection.WaitForCutAsync());
        while (room is not null && !over.IsCompleted && !aborted.IsCancellationRequested && !connection.IsClosing && !HasEnded(input))
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            await Task.WhenAny(room, over, Task.Delay(LookAgain, services.Time, timer.Token));
            await timer.CancelAsync();
            room = FindWait();
        }

        connection.Heard();
        connection.ReadingHeld = false;
    }

    // Returns true when the input has ended. Bytes before its end are still read.
    private static bool HasEnded(PipeReader? input)
    {
        if (input is null || !input.TryRead(out var result))
        {
            return false;
        }

        input.AdvanceTo(result.Buffer.Start);
        return result.IsCompleted || result.IsCanceled;
    }
}
