using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections;
using Serverless.Gateway.Upstream;
using Serverless.Protocol;

namespace Serverless.Gateway.Dispatch;

/// <summary>
/// Tells others that this node lives, and tells the upstream of the connections of nodes that do not any more: exactly one
/// <c>disconnected</c> for each <c>connected</c> (design.md, decision 7).
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
    private static readonly TimeSpan LongestFence = TimeSpan.FromSeconds(10);
    private const string Error = "The gateway node that the connection was at was lost.";

    // By the loop alone.
    private readonly Dictionary<string, Report> _reports = new(StringComparer.Ordinal);

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

        await Task.WhenAll(_reports.Values.Select(report => report.Work));
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        try
        {
            if (await ledger.BeatAsync() is { Count: > 0 } givenUp)
            {
                // With delivery at least once, what was missed comes before the end.
                await backplane.FenceAsync(LongestFence);
                Close(givenUp);
            }

            await TendReportsAsync();
            foreach (var node in await ledger.FindLostAsync())
            {
                if (!_reports.ContainsKey(node) && await ledger.TryTakeOverAsync(node) is { } entries)
                {
                    // Beside the beats: an upstream may be slow, and this node must not be given up for it.
                    var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                    _reports[node] = new Report(Task.Run(() => ReportAsync(node, entries, ending.Token), CancellationToken.None), ending);
                }
            }
        }
        catch (Exception exception) when (exception is not (OutOfMemoryException or OperationCanceledException))
        {
            Log.LookFailed(logger, exception);
        }
    }

    // The others have told the upstream that these are gone; they come back as new ones.
    private void Close(IReadOnlyList<string> givenUp)
    {
        Log.GivenUp(logger, givenUp.Count);
        var ids = givenUp.ToHashSet(StringComparer.Ordinal);
        foreach (var connection in table.Open.Where(connection => ids.Contains(connection.Id)))
        {
            connection.GiveUp("The connection was given up because its node could not be reached. Connect again.");
        }
    }

    private async Task TendReportsAsync()
    {
        foreach (var (node, report) in _reports.ToList())
        {
            if (report.Work.IsCompleted)
            {
                report.Ending.Dispose();
                _reports.Remove(node);
            }
            else if (!await ledger.RenewAsync(node))
            {
                await report.Ending.CancelAsync();
            }
        }
    }

    // Throws nothing.
    private async Task ReportAsync(string node, IReadOnlyList<LedgerEntry> entries, CancellationToken ending)
    {
        if (entries.Count > 0)
        {
            Log.Lost(logger, node, entries.Count);
        }

        try
        {
            var body = UpstreamBodies.Disconnected(Error);
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = ReportsAtOnce, CancellationToken = ending };
            await Parallel.ForEachAsync(entries, parallel, async (entry, _) =>
            {
                using var outcome = await upstream.SendAsync(
                    new UpstreamSender(entry, keys), UpstreamCategories.Connections, UpstreamCategories.Disconnected, body, PendingCall.JsonType, wantsBody: false, default);
                UndeliveredEvents.Count(UpstreamCategories.Connections, in outcome);
                await ledger.ReportedAsync(node, entry.ConnectionId);
            });
            await ledger.CloseAsync(node);
        }
        catch (OperationCanceledException)
        {
            // This node stops, or another goes on.
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.LookFailed(logger, exception);
        }
    }

    private sealed record Report(Task Work, CancellationTokenSource Ending);

    private static partial class Log
    {
        [LoggerMessage(
            Observability.EventIds.Dispatch + 2,
            LogLevel.Warning,
            "Node {Node} has not been heard of; its {Connections} connections are reported to their upstreams as disconnected.",
            EventName = "NodeLost")]
        public static partial void Lost(ILogger logger, string node, int connections);

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
