using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Metering;

namespace Serverless.Gateway.Connections.Upkeep;

/// <summary>Closes, once a second, the clients of hubs that have used up the day's messages. Idle without quotas.</summary>
internal sealed class QuotaEnforcer(ConnectionTable table, Quotas quotas, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Checks once.</summary>
    public void Tick()
    {
        if (!quotas.Look())
        {
            return;
        }

        foreach (var connection in table.Open.Where(connection => connection.Kind != ConnectionKind.LiveTrace && quotas.IsExhausted(connection.Hub.Value)))
        {
            // A client that reconnected by itself would be refused until the day is over.
            connection.Close(CloseReason.QuotaReached, Quotas.MessagesReached, Quotas.MessagesReached);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!quotas.IsOn)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Tick();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
