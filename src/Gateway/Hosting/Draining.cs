using Microsoft.Extensions.Options;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Dispatch;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// Drains the node when the process is asked to stop: readiness fails and new clients are refused, connected clients are asked to reconnect
/// (to another node), each after all messages that were accepted for it. The process serves REST calls and polls until these, the upstream
/// calls in progress and the disconnected events have ended.
/// </summary>
internal sealed partial class Draining(
    ConnectionTable table,
    HubDispatcher dispatcher,
    IBackplane backplane,
    RestTraffic rest,
    IOptions<NodeOptions> options,
    TimeProvider time,
    ILogger<Draining> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FenceTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PerClient = TimeSpan.FromMilliseconds(10);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Runs before Kestrel stops.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await CloseClientsAsync(cancellationToken);
        await UntilAsync(() => table.Count == 0 && dispatcher.CallsUnderWay == 0, cancellationToken);
        if (!backplane.IsAlone)
        {
            await UntilAsync(() => rest.IsQuiet, cancellationToken);
        }
    }

    // Runs after Kestrel has stopped, when every session has ended.
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await UntilAsync(() => dispatcher.CallsUnderWay == 0, cancellationToken);
        if (dispatcher.CallsUnderWay > 0)
        {
            Log.CallsCutOff(logger, dispatcher.CallsUnderWay, dispatcher.CutOff());
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task UntilAsync(Func<bool> condition, CancellationToken timeIsOver)
    {
        while (!condition() && !timeIsOver.IsCancellationRequested)
        {
            await Task.Delay(LookAgain, time, CancellationToken.None);
        }
    }

    // A client that connects from now on is refused once it is in the table.
    private async Task CloseClientsAsync(CancellationToken timeIsOver)
    {
        ClientConnection[] clients = [.. table.Open];
        var spread = new[] { clients.Length * PerClient, options.Value.DrainSpread, options.Value.DrainTime / 2 }.Min();
        var steps = Math.Max(1, (int)(spread / Step));
        for (var step = 0; step < steps; step++)
        {
            if (step > 0 && !timeIsOver.IsCancellationRequested)
            {
                await Task.Delay(Step, time, CancellationToken.None);
            }

            if (clients.Length > 0 && !timeIsOver.IsCancellationRequested)
            {
                await backplane.FenceAsync(FenceTimeout);
            }

            var from = (int)((long)clients.Length * step / steps);
            var to = (int)((long)clients.Length * (step + 1) / steps);
            foreach (var connection in clients.AsSpan(from..to))
            {
                // The service's own text (docs/contract/transports.md#close-reasons).
                connection.Close(CloseReason.NodeStopping, "Service reloading, try reconnecting");
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Hosting + 1,
            LogLevel.Warning,
            "The drain time has ended; {Calls} upstream calls were cancelled, with {Messages} client messages in or behind them. "
            + "Raise Gateway:Nodes:DrainTime.",
            EventName = "CallsCutOff")]
        public static partial void CallsCutOff(ILogger logger, int calls, int messages);
    }
}
