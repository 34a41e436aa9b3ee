using System.IO.Pipelines;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Clients.Sessions;

/// <summary>When reading stops for want of room: in the connection's own line of calls, or in the node.</summary>
internal sealed partial class HubSession
{
    // While the node is short of memory, messages of up to this size still come in from clients that have nothing in line.
    private const int SmallBytes = 64 * 1024;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>Counts for the node what is left of an unfinished message after each read.</summary>
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

    /// <summary>Null where reading may go on; else a task that ends when it may, or when the connection is closing or its client gone.</summary>
    /// <param name="input">Where the client's bytes come from; null where <paramref name="aborted"/> reports their end.</param>
    /// <param name="aborted">The client has gone.</param>
    public Task? HoldReading(PipeReader? input, CancellationToken aborted = default) =>
        !connection.IsClosing && FindWait() is { } room ? HoldReadingAsync(room, input, aborted) : null;

    private Task? FindWait() => _way?.WaitForRoom() ?? (MustWaitForNode() ? services.Queued.WaitForRoom() : null);

    // What others hold counts: one message, however large beside the bound, always comes in.
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

    // What came before the end is still read.
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
