using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Storage;

/// <summary>
/// Keeps dead letters in a durable store. While the store is unavailable, new letters wait in memory, up to the memory store's maximum.
/// </summary>
internal sealed partial class DurableDeadLetterStore(
    IDeadLetterStore durable, IDeadLetterStore waiting, TimeProvider time, ILogger<DurableDeadLetterStore> logger) : BackgroundService, IDeadLetterStore
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    public async ValueTask AddAsync(DeadLetter letter, CancellationToken cancellation)
    {
        try
        {
            await durable.AddAsync(letter, cancellation);
        }
        catch (StoreUnavailableException exception)
        {
            await waiting.AddAsync(letter, cancellation);
            Log.Waits(logger, letter.EventId, letter.Hub.Value, exception.Message);
        }
    }

    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(
        HubName? hub, string? connectionId, DeadLetterId? after, int maxCount, CancellationToken cancellation) =>
        durable.ListAsync(hub, connectionId, after, maxCount, cancellation);

    public ValueTask<DeadLetter?> FindAsync(DeadLetterId id, CancellationToken cancellation) => durable.FindAsync(id, cancellation);

    public ValueTask<bool> DeleteAsync(DeadLetterId id, CancellationToken cancellation) => durable.DeleteAsync(id, cancellation);

    /// <summary>Tries to store the waiting letters a last time. Letters that still cannot be stored are logged as lost.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await MoveAsync();
        foreach (var letter in await waiting.ListAsync(null, null, null, int.MaxValue, CancellationToken.None))
        {
            Log.Lost(logger, letter.EventId, letter.Hub.Value);
        }
    }

    /// <summary>Stores the waiting letters until the store fails.</summary>
    public async Task MoveAsync()
    {
        try
        {
            foreach (var listed in await waiting.ListAsync(null, null, null, int.MaxValue, CancellationToken.None))
            {
                if (await waiting.FindAsync(listed.Id, CancellationToken.None) is { } letter)
                {
                    await durable.AddAsync(letter, CancellationToken.None);
                    await waiting.DeleteAsync(letter.Id, CancellationToken.None);
                }
            }
        }
        catch (StoreUnavailableException)
        {
            // Still unavailable, which the store itself has logged.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookAgain, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await MoveAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Storage + 12,
            LogLevel.Warning,
            "The dead letter {EventId} of hub {Hub} waits in memory until its store is available: {Reason}.",
            EventName = "DeadLetterWaits")]
        public static partial void Waits(ILogger logger, string eventId, string hub, string reason);

        [LoggerMessage(
            Observability.EventIds.Storage + 13,
            LogLevel.Error,
            "The dead letter {EventId} of hub {Hub} is lost: its store was not available before the process ended.",
            EventName = "DeadLetterLost")]
        public static partial void Lost(ILogger logger, string eventId, string hub);
    }
}
