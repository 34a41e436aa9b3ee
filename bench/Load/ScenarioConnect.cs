using System.Diagnostics;

namespace Serverless.Load;

/// <summary>Measures the server CPU per connection that is opened, completes its handshake, and is closed.</summary>
internal sealed class ScenarioConnect(Figure figure, bool connectionEvents) : Scenario(figure.Key, connectionEvents)
{
    private const int AtOnce = 16;
    private static readonly TimeSpan EventLimit = TimeSpan.FromSeconds(10);

    internal override IReadOnlyList<Figure> Figures => [figure];

    internal override IReadOnlyList<Measurement> Run(ServerProcess server, UpstreamProcess upstream, BenchOptions options)
    {
        using var loop = Clients(server, AtOnce);
        var before = upstream.Counts();
        var workload = new ReconnectWorkload(loop);
        var measurement = Measure(figure.Key, server, upstream, loop, workload, options);
        var wrong = ConnectionEvents ? WrongEvents(upstream, before, workload.Made) : 0;
        return [measurement with { Faults = measurement.Faults + new Faults(0, 0, 0, 0, wrong) }];
    }

    /// <summary>Waits for one connected and one disconnected event per connection, and returns the number of missing or excess events.</summary>
    private static long WrongEvents(UpstreamProcess upstream, UpstreamCounts before, long made)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var now = upstream.Counts();
            var wrong = Math.Abs(now.Connected - before.Connected - made) + Math.Abs(now.Disconnected - before.Disconnected - made);
            if (wrong == 0 || Stopwatch.GetElapsedTime(started) > EventLimit)
            {
                return wrong;
            }

            Thread.Sleep(50);
        }
    }
}
