using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Connections.Membership;
using Serverless.Gateway.Dispatch.Calls;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Delivery;
using Serverless.Gateway.Upstream.Telemetry;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch.Nodes;

/// <summary>
/// Sends this node's sign of life to the others, and reports the connections of lost nodes to the upstream: exactly one
/// <c>disconnected</c> for each <c>connected</c>.
/// </summary>
internal sealed partial class LostNodes(
    INodeLedger ledger,
    IBackplane backplane,
    ConnectionTable table,
    UpstreamDelivery upstream,
    AccessKeys keys,
    IOptions<BackplaneOptions> options,
    TimeProvider time,
    ILogger<LostNodes> logger) : BackgroundService
{
    private const int BeatsPerTimeout = 5;
    private const int ReportsAtOnce = 16;
    private static readonly TimeSpan FenceTimeout = TimeSpan.FromSeconds(10);
    private const string Error = "The gateway node that the connection was at was lost.";

    // Used by the loop alone.
    private readonly Dictionary<string, Task> _reports = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (backplane.IsAlone)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.Nodes.Timeout / BeatsPerTimeout, time);
        try
        {
            do
            {
                await LookAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }

        await Task.WhenAll(_reports.Values);
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        try
        {
            if (await ledger.BeatAsync() is { Count: > 0 } givenUp)
            {
                // With delivery at least once, clients get missed messages before they are closed.
                await backplane.FenceAsync(FenceTimeout);
                Close(givenUp);
            }

            foreach (var (node, _) in _reports.Where(report => report.Value.IsCompleted).ToList())
            {
                _reports.Remove(node);
            }

            foreach (var node in await ledger.FindLostAsync())
            {
                if (!_reports.ContainsKey(node) && await ledger.TryTakeOverAsync(node) is { } lost)
                {
                    // In parallel to the beats: an upstream may be slow, and the others must not give up this node because of it.
                    _reports[node] = Task.Run(() => ReportAsync(lost, stopping), CancellationToken.None);
                }
            }
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or OperationCanceledException))
        {
            Log.LookFailed(logger, exception);
        }
    }

    // The other nodes have reported the end of these connections to the upstream; the clients reconnect as new ones.
    private void Close(IReadOnlyList<string> givenUp)
    {
        Log.GivenUp(logger, givenUp.Count);
        var ids = givenUp.ToHashSet(StringComparer.Ordinal);
        foreach (var connection in table.Open.Where(connection => ids.Contains(connection.Id)))
        {
            connection.GiveUp("The connection was given up because its node could not be reached. Connect again.");
        }
    }

    // Throws nothing.
    private async Task ReportAsync(ILostLedger lost, CancellationToken stopping)
    {
        await using var _ = lost;
        if (lost.Connections > 0)
        {
            Log.Lost(logger, lost.Node, lost.Connections);
        }

        try
        {
            var body = UpstreamBodies.Disconnected(Error);
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = ReportsAtOnce, CancellationToken = stopping };
            do
            {
                await Parallel.ForEachAsync(lost.ReadAsync(stopping), parallel, (entry, _) => ReportAsync(lost, entry, body));
            }
            while (!await lost.TryCloseAsync(stopping));
        }
        catch (OperationCanceledException)
        {
            // This node is stopping; another continues.
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.LookFailed(logger, exception);
        }
    }

    private async ValueTask ReportAsync(ILostLedger lost, LedgerEntry entry, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var outcome = await upstream.SendAsync(new UpstreamCall(
                new UpstreamSender(entry, keys), UpstreamCategories.Connections, UpstreamCategories.Disconnected, body, PendingCall.JsonType));
            UndeliveredEvents.Count(UpstreamCategories.Connections, in outcome);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A failure must not prevent the other connections from being reported.
            UndeliveredEvents.Count(UpstreamCategories.Connections, UndeliveredEvents.Internal);
            Log.LookFailed(logger, exception);
        }

        await lost.ReportedAsync(entry.ConnectionId);
    }

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Dispatch + 2,
            LogLevel.Warning,
            "Node {Node} has not been heard of; its {Connections} connections are reported to their upstreams as disconnected.",
            EventName = "NodeLost")]
        public static partial void Lost(ILogger logger, string node, long connections);

        [LoggerMessage(
            Observability.EventIds.Dispatch + 3,
            LogLevel.Warning,
            "The other nodes have given this one up; its {Connections} clients are closed and may come back.",
            EventName = "NodeGivenUp")]
        public static partial void GivenUp(ILogger logger, int connections);

        [LoggerMessage(Observability.EventIds.Dispatch + 4, LogLevel.Error, "Looking after the other nodes failed.", EventName = "NodeWatchFailed")]
        public static partial void LookFailed(ILogger logger, Exception exception);
    }
}
