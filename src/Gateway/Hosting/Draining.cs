using Serverless.Gateway.Connections;
using Serverless.Gateway.Dispatch;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// Leaves in order when the process is told to stop: readiness fails, every client is asked to reconnect (elsewhere), and the process
/// stays until the upstream calls under way, the disconnected events among them, have ended.
/// </summary>
internal sealed partial class Draining(
    IHostApplicationLifetime lifetime, ConnectionTable table, HubDispatcher dispatcher, ILogger<Draining> logger) : IHostedService
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>True from the signal to stop on.</summary>
    public bool IsDraining => lifetime.ApplicationStopping.IsCancellationRequested;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(CloseAll);
        return Task.CompletedTask;
    }

    // Runs after Kestrel has stopped, when every session has ended.
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        while (dispatcher.CallsUnderWay > 0 && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(LookAgain, CancellationToken.None);
        }

        if (dispatcher.CallsUnderWay > 0)
        {
            Log.CallsCutOff(logger, dispatcher.CallsUnderWay);
        }
    }

    private void CloseAll()
    {
        foreach (var connection in table.Open)
        {
            // The service's own words for it (hub-protocol.md §3).
            connection.Close(CloseReason.NodeStopping, "Service reloading, try reconnecting", allowReconnect: true);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Hosting + 1,
            LogLevel.Warning,
            "The time to drain is over; {Calls} upstream calls are cut off. Raise Gateway:Nodes:DrainTime.",
            EventName = "CallsCutOff")]
        public static partial void CallsCutOff(ILogger logger, int calls);
    }
}
