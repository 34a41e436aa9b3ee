using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Ends user-group memberships within a second of their expiry, deletes expired memberships from the store at intervals, and checks whether
/// an unreachable store is reachable again.
/// </summary>
internal sealed partial class UserGroupExpiry(
    UserGroups userGroups, TimeProvider time, ILogger<UserGroupExpiry> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ProbeIntervalWhileAway = TimeSpan.FromSeconds(2);

    // In parallel, so that a slow store does not keep connections in a group.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(ExpireAsync(stoppingToken), LookAfterStoreAsync(stoppingToken));

    private async Task ExpireAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                await TryAsync(userGroups.ExpireAsync, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task LookAfterStoreAsync(CancellationToken cancellation)
    {
        // Each node cleans up at another moment.
        var nextCleanUp = time.GetUtcNow() + (userGroups.CleanUpInterval * Random.Shared.NextDouble());
        try
        {
            while (true)
            {
                var isThere = await TryAsync(userGroups.ProbeAsync, cancellation);
                if (isThere && time.GetUtcNow() >= nextCleanUp)
                {
                    await TryAsync(userGroups.CleanUpAsync, cancellation);
                    nextCleanUp = time.GetUtcNow() + userGroups.CleanUpInterval;
                }

                await Task.Delay(isThere ? ProbeInterval : ProbeIntervalWhileAway, time, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async ValueTask<bool> TryAsync(Func<CancellationToken, ValueTask> action, CancellationToken cancellation)
    {
        try
        {
            await action(cancellation);
            return true;
        }
        catch (StoreUnavailableException)
        {
            // The store has logged the reason.
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.SweepFailed(logger, exception);
        }

        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Routing + 1,
            LogLevel.Warning,
            "Ending expired user-group memberships failed; the gateway tries again.",
            EventName = "UserGroupExpiryFailed")]
        public static partial void SweepFailed(ILogger logger, Exception exception);
    }
}
