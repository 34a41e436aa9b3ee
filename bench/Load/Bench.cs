using System.Diagnostics;
using System.Globalization;

namespace Serverless.Load;

/// <summary>Runs the scenarios: the servers take turns, and each run starts a new process.</summary>
internal static class Bench
{
    private const int MaxAttempts = 3;

    /// <summary>Returns true when no message was lost, duplicated, out of order or wrong, and no connection closed.</summary>
    internal static bool Run(BenchOptions options)
    {
        var started = Stopwatch.GetTimestamp();
        var results = new Results();
        using var upstream = new UpstreamProcess();
        if (options.IsCheck)
        {
            RunOnFewProcesses(options, upstream, results);
        }
        else
        {
            RunInTurns(options, upstream, results);
        }

        Console.WriteLine();
        if (!options.IsCheck)
        {
            Console.WriteLine(options.IsCost ? CostReport.Tables(options, results) : Report.Tables(options, results));
        }

        Console.WriteLine($"Took {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s.");
        if (results.Faults.Sum > 0)
        {
            Console.Error.WriteLine($"FAILED: {results.Faults}");
            return false;
        }

        Console.WriteLine("Nothing was lost, duplicated, out of order or closed.");
        return true;
    }

    private static void RunInTurns(BenchOptions options, UpstreamProcess upstream, Results results)
    {
        foreach (var scenario in options.Scenarios)
        {
            for (var pair = 0; pair < options.Pairs; pair++)
            {
                if (options.IsBeside)
                {
                    RunBeside(scenario, upstream, options, results);
                    continue;
                }

                foreach (var subject in options.Subjects)
                {
                    RunUndisturbed(scenario, subject, upstream, options, results);
                }
            }

            if (options.Out is not null)
            {
                if (options.IsCost)
                {
                    CostReport.WriteTo(options.Out, options, results);
                }
                else
                {
                    Report.WriteTo(options.Out, options, results);
                }
            }
        }
    }

    /// <summary>
    /// Repeats a run, a few times at most, when other processes took much of the machine during it: its figures are discarded. Its faults
    /// still count.
    /// </summary>
    private static void RunUndisturbed(
        Scenario scenario, Subject subject, UpstreamProcess upstream, BenchOptions options, Results results)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var server = ServerProcess.Start(subject, upstream.Port, scenario.ConnectionEvents);
            var measurements = Run(scenario, server, upstream, options);
            if (attempt < MaxAttempts && measurements.Any(one => one.OthersShare > options.OthersLimit))
            {
                results.SetAside(subject, measurements);
                continue;
            }

            results.Add(subject, measurements);
            return;
        }
    }

    /// <summary>Runs all servers at once, each with its own clients. Each server disturbs the others, so no run is repeated.</summary>
    private static void RunBeside(Scenario scenario, UpstreamProcess upstream, BenchOptions options, Results results)
    {
        var servers = options.Subjects.Select(subject => ServerProcess.Start(subject, upstream.Port, scenario.ConnectionEvents)).ToArray();
        try
        {
            var running = servers.Select(server => Task.Factory.StartNew(
                () => Run(scenario, server, upstream, options), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
            foreach (var (server, run) in servers.Zip(running))
            {
                results.Add(server.Subject, run.GetAwaiter().GetResult());
            }
        }
        finally
        {
            foreach (var server in servers)
            {
                server.Dispose();
            }
        }
    }

    /// <summary>Runs the scenarios in shared processes, which saves their starts: a check looks for faults, not figures.</summary>
    private static void RunOnFewProcesses(BenchOptions options, UpstreamProcess upstream, Results results)
    {
        foreach (var subject in options.Subjects)
        {
            foreach (var scenarios in options.Scenarios.GroupBy(scenario => scenario.ConnectionEvents))
            {
                using var server = ServerProcess.Start(subject, upstream.Port, scenarios.Key);
                foreach (var scenario in scenarios)
                {
                    results.Add(subject, Run(scenario, server, upstream, options));
                }
            }
        }
    }

    private static IReadOnlyList<Measurement> Run(
        Scenario scenario, ServerProcess server, UpstreamProcess upstream, BenchOptions options)
    {
        try
        {
            var measurements = scenario.Run(server, upstream, options);
            server.Watcher?.EnsureUsed();
            foreach (var measurement in measurements)
            {
                Console.WriteLine(Line(scenario, server.Subject, measurement));
            }

            return measurements;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            throw new InvalidOperationException(
                $"{scenario.Name} on {server.Subject.Name}: {exception.Message}{Environment.NewLine}{server.LastLines()}",
                exception);
        }
    }

    private static string Line(Scenario scenario, Subject subject, Measurement measurement)
    {
        var figure = scenario.Figures.First(one => one.Key == measurement.Figure);
        var rate = figure.RateUnit is null
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{measurement.ItemsPerSecond,9:F0} {figure.RateUnit,-13}  " +
                $"p50 {measurement.MedianMilliseconds:F2} ms  p99 {measurement.SlowestPercentMilliseconds:F2} ms  " +
                $"load {measurement.LoadMicrosecondsPerItem:F2} µs  others {measurement.OthersShare:P0}  " +
                $"switches {measurement.SwitchesPerItem:F2}");
        var fault = measurement.Faults.Sum > 0 ? $"  {measurement.Faults} {measurement.FirstFault}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{measurement.Figure,-17} {subject.Name,-12} {measurement.Value,9:F2} {figure.Unit}  {rate}{fault}");
    }
}
