namespace Serverless.Load;

/// <summary>Measures the resident memory per connection: idle, after each client has received a large message, and after many.</summary>
internal sealed class ScenarioMemory() : Scenario("memory")
{
    private const int ClientCount = 10_000;
    private const int PayloadBytes = 2048;
    private const double Kilobyte = 1024;
    private static readonly TimeSpan SaturatedTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(1);

    private static readonly Figure Idle = new("memory-idle", "memory per idle WebSocket, 10,000", "KB", 0.6);
    private static readonly Figure AfterBroadcast = new("memory-broadcast", "memory per WebSocket after a 2 KB broadcast", "KB", 0.3);

    private static readonly Figure AfterLoad = new("memory-saturated", "the same after 5 s of 2 KB broadcasts, two on their way", "KB", null);

    internal override IReadOnlyList<Figure> Figures => [Idle, AfterBroadcast, AfterLoad];

    internal override IReadOnlyList<Measurement> Run(ServerProcess server, UpstreamProcess upstream, BenchOptions options)
    {
        using var loop = Clients(server, options.Limit(ClientCount));
        var request = server.Subject.Broadcast(server.Port, PayloadBytes);
        Publisher[] publishers = [loop.OpenPublisher(0, request), loop.OpenPublisher(1, request)];
        ConnectAll(loop);
        var idle = Settle(loop, IdleWorkload.Instance, server, options);

        var workload = new BroadcastWorkload(loop, publishers, PayloadBytes, TimeSpan.FromDays(1));
        loop.Run(workload, DrainLimit, () => publishers[0].Accepted == 1 && workload.IsQuiet);
        var afterBroadcast = Settle(loop, workload, server, options);

        workload.SendWithoutPause();
        loop.Run(workload, options.IsCheck ? options.Duration : SaturatedTime);
        workload.Stop();
        loop.Run(workload, DrainLimit, () => workload.IsQuiet);
        var afterLoad = Settle(loop, workload, server, options);

        double PerConnection(long bytes) => (bytes - server.MemoryAtStart) / Kilobyte / loop.Connections.Length;
        return
        [
            new Measurement(Idle.Key, PerConnection(idle), Faults.None),
            new Measurement(AfterBroadcast.Key, PerConnection(afterBroadcast), Faults.None),
            new Measurement(AfterLoad.Key, PerConnection(afterLoad), workload.Faults) { FirstFault = loop.FirstFault },
        ];
    }

    /// <summary>
    /// Waits until each connection has been pinged both ways and five samples in a row, one per second, lie within 1 %; returns the last one.
    /// </summary>
    private static long Settle(ClientLoop loop, IWorkload workload, ServerProcess server, BenchOptions options)
    {
        loop.Run(workload, options.Settle);
        var samples = new Queue<long>();
        var last = 0L;
        for (var waited = TimeSpan.Zero; waited < SettleLimit && !options.IsCheck; waited += SampleInterval)
        {
            last = ProcessReading.Memory(server.Id);
            samples.Enqueue(last);
            if (samples.Count > 5)
            {
                samples.Dequeue();
            }

            if (samples.Count == 5 && samples.Max() - samples.Min() <= samples.Max() / 100)
            {
                return last;
            }

            loop.Run(workload, SampleInterval);
        }

        return last == 0 ? ProcessReading.Memory(server.Id) : last;
    }
}
