using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Routing;

/// <summary>
/// Ends user-group memberships within a second of their time, and now and then clears up the store; also looks whether a store that was
/// away is back.
/// </summary>
internal sealed partial class UserGroupExpiry(
    UserGroups userGroups, TimeProvider time, ILogger<UserGroupExpiry> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CleanUpInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(2);

    private DateTimeOffset _nextCleanUp;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await SweepAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async ValueTask SweepAsync(CancellationToken cancellation)
    {
        try
        {
            await userGroups.ExpireAsync(cancellation);
            if (time.GetUtcNow() >= _nextCleanUp)
            {
                _nextCleanUp = time.GetUtcNow() + ProbeInterval;
                await userGroups.CleanUpAsync(cancellation);
                _nextCleanUp = time.GetUtcNow() + CleanUpInterval;
            }
        }
        catch (StoreUnavailableException)
        {
            // The store has said why.
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.SweepFailed(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Routing + 1,
            LogLevel.Warning,
            "Ending expired user-group memberships failed; it is tried again.",
            EventName = "UserGroupExpiryFailed")]
        public static partial void SweepFailed(ILogger logger, Exception exception);
    }
}
