using System.Diagnostics;

namespace Serverless.Load.Scale;

/// <summary>Measures one, two and four gateways over Redis: their total cost per delivery, and Redis' cost per message.</summary>
internal static class ScaleBench
{
    private const int PayloadBytes = 128;
    private const int Publishers = 8;
    private const int CheckSendsPerSecond = 200;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(0.3);

    /// <summary>Returns true when no message was lost, duplicated or out of order, and each crossed Redis as often as required.</summary>
    internal static bool Run(ScaleOptions options)
    {
        var started = Stopwatch.GetTimestamp();
        var results = new ScaleResults();
        using var upstream = new UpstreamProcess();
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var setup in options.Setups)
            {
                using var nodes = NodeSet.Start(setup, upstream);
                Run(nodes, upstream, options, results);
            }
        }

        if (!options.IsCheck)
        {
            results.Constants = RedisConstants.Measure();
            Console.WriteLine();
            Console.WriteLine(ScaleReport.Tables(options, results));
            if (options.Out is not null)
            {
                Report.WriteTo(options.Out, Report.Begin, Report.End, ScaleReport.Tables(options, results).ReplaceLineEndings("\n"));
            }
        }

        Console.WriteLine($"Took {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s.");
        foreach (var failure in results.Failures)
        {
            Console.Error.WriteLine($"FAILED: {failure}");
        }

        if (results.Failures.Count == 0)
        {
            Console.WriteLine("Nothing was lost, duplicated or out of order, and each message was published once.");
        }

        return results.Failures.Count == 0;
    }

    private static void Run(NodeSet nodes, UpstreamProcess upstream, ScaleOptions options, ScaleResults results)
    {
        try
        {
            var idle = options.IsCheck ? null : MeasureIdle(nodes, upstream, options);
            if (idle is not null)
            {
                results.Idle.Add(idle);
            }

            foreach (var kind in Kind.All)
            {
                var measurement = Measure(kind, nodes, upstream, options, idle);
                Console.WriteLine(ScaleReport.Line(measurement));
                results.All.Add(measurement);
                if (measurement.Faults.Sum > 0)
                {
                    results.Failures.Add($"{kind.Key} with {nodes.Setup.Title}: {measurement.Faults} {measurement.FirstFault}");
                }

                if (measurement.Excess(NodesWithReceivers(kind, nodes.Setup)) is { } excess)
                {
                    results.Failures.Add($"{kind.Key} with {nodes.Setup.Title}: {excess}");
                }
            }
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            throw new InvalidOperationException($"{nodes.Setup.Title}: {exception.Message}{Environment.NewLine}{nodes.LastLines()}", exception);
        }
    }

    // A group has members on all nodes.
    private static int NodesWithReceivers(Kind kind, Setup setup) => kind == Kind.User ? 1 : setup.Nodes;

    private static IdleMeasurement MeasureIdle(NodeSet nodes, UpstreamProcess upstream, ScaleOptions options)
    {
        var memory = nodes.Redis?.Memory() ?? 0;
        using var loop = Connect(nodes, options);
        loop.Run(IdleWorkload.Instance, options.WarmUp);
        var taken = (nodes.Redis?.Memory() ?? 0) - memory;
        var redis = nodes.Redis?.Cpu() ?? TimeSpan.Zero;
        var window = nodes.OpenWindow(upstream);
        loop.Run(IdleWorkload.Instance, options.Duration);
        var usage = window.Close();
        redis = (nodes.Redis?.Cpu() ?? TimeSpan.Zero) - redis;
        return new IdleMeasurement(
            nodes.Setup,
            usage.Server.TotalMilliseconds / usage.Time.TotalSeconds / nodes.Setup.Nodes,
            redis.TotalMilliseconds / usage.Time.TotalSeconds,
            (double)taken / options.ClientCount);
    }

    private static ScaleMeasurement Measure(Kind kind, NodeSet nodes, UpstreamProcess upstream, ScaleOptions options, IdleMeasurement? idle)
    {
        using var loop = Connect(nodes, options);
        if (kind == Kind.Group)
        {
            nodes.JoinGroups(options.ClientCount, kind.Receivers);
        }

        var (workload, publishers) = CreateWorkload(kind, nodes, loop, options);
        var publishedBefore = nodes.Redis?.Publishes() ?? 0;
        loop.Run(workload, options.WarmUp);
        workload.StartWindow();
        long Sent() => publishers.Sum(publisher => publisher.Accepted);
        var (redis, sent) = (nodes.Redis?.Cpu() ?? TimeSpan.Zero, Sent());
        var window = nodes.OpenWindow(upstream);
        loop.Run(workload, options.Duration);
        var usage = window.Close();
        (redis, sent) = ((nodes.Redis?.Cpu() ?? TimeSpan.Zero) - redis, Sent() - sent);
        workload.EndWindow();
        workload.Stop();
        loop.Run(workload, Limit, () => workload.IsQuiet);

        var idleRedis = TimeSpan.FromMilliseconds((idle?.RedisMillisecondsPerSecond ?? 0) * usage.Time.TotalSeconds);
        return new ScaleMeasurement(nodes.Setup, kind, usage.Server.TotalMicroseconds / Math.Max(workload.Items, 1), workload.Faults)
        {
            RedisMicroseconds = (redis - idleRedis).TotalMicroseconds / Math.Max(sent, 1),
            RedisShare = redis / usage.Time,
            PublishesPerSend = ((nodes.Redis?.Publishes() ?? 0) - publishedBefore) / (double)Sent(),
            Hearers = nodes.Redis?.Subscribers(ChannelOf(kind)) ?? 0,
            DeliveriesPerSecond = workload.Items / usage.Time.TotalSeconds,
            MedianMilliseconds = workload.Latency.Quantile(0.5) / 1000,
            SlowestPercentMilliseconds = workload.Latency.Quantile(0.99) / 1000,
            OthersShare = usage.OthersShare,
            FirstFault = loop.FirstFault,
        };
    }

    private static (MeasuredWorkload Workload, Publisher[] Publishers) CreateWorkload(Kind kind, NodeSet nodes, ClientLoop loop, ScaleOptions options)
    {
        if (kind == Kind.Broadcast)
        {
            var publisher = loop.OpenPublisher(0, Subject.Gateway.Broadcast(nodes.Ports[0], PayloadBytes));
            return (new BroadcastWorkload(loop, [publisher], PayloadBytes, TimeSpan.FromSeconds(1.0 / kind.SendsPerSecond)), [publisher]);
        }

        int PortOf(int publisher) => nodes.Ports[publisher % nodes.Ports.Count];
        var publishers = Enumerable.Range(0, Publishers)
            .Select(lane => loop.OpenPublisher(lane, Subject.Gateway.Broadcast(PortOf(lane), PayloadBytes)))
            .ToArray();
        var requests = Enumerable.Range(0, options.ClientCount / kind.Receivers)
            .Select(target => GatewaySubject.Send(PortOf(TargetedWorkload.PublisherOf(target, Publishers)), PathOf(kind, target), PayloadBytes))
            .ToArray();
        var perSecond = options.IsCheck ? CheckSendsPerSecond : kind.SendsPerSecond;
        return (new TargetedWorkload(loop, publishers, requests, kind.Receivers, PayloadBytes, TimeSpan.FromSeconds(1.0 / perSecond)), publishers);
    }

    private static string PathOf(Kind kind, int target) => kind == Kind.User ? $"/users/u{target}" : $"/groups/g{target}";

    // The gateway's channel names (RedisChannels).
    private static string ChannelOf(Kind kind) => kind == Kind.Broadcast ? "sg:{bench}:a" : kind == Kind.User ? "sg:{bench}:u:u0" : "sg:{bench}:g:g0";

    private static ClientLoop Connect(NodeSet nodes, ScaleOptions options)
    {
        var loop = new ClientLoop([.. nodes.Ports.Select(GatewaySubject.Users)], options.ClientCount);
        var connecting = new ConnectingWorkload(loop);
        if (!loop.Run(connecting, Limit, () => connecting.IsDone) || loop.Broken > 0)
        {
            var fault = loop.FirstFault ?? "a node does not answer";
            loop.Dispose();
            throw new InvalidOperationException($"Not all clients could connect: {fault}");
        }

        loop.Run(IdleWorkload.Instance, Settle);
        return loop;
    }
}
