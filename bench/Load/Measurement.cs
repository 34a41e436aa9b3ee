namespace Serverless.Load;

/// <summary>A line of the table: a measured figure and its target.</summary>
/// <param name="Key">The name on the command line.</param>
/// <param name="Title">The name in the table.</param>
/// <param name="Unit">KB, or µs of server CPU.</param>
/// <param name="Target">The largest acceptable ratio to the SignalR server.</param>
/// <param name="IsGate">False when the figure varies too much to be a gate.</param>
/// <param name="RateUnit">The unit of the rate, or null when the rate is meaningless.</param>
internal sealed record Figure(string Key, string Title, string Unit, double? Target, bool IsGate = true, string? RateUnit = null);

/// <summary>The counts of faults over warm-up, measurement and the end. All must be 0.</summary>
internal sealed record Faults(long Lost, long Duplicated, long OutOfOrder, long Closed, long Failed)
{
    internal static readonly Faults None = new(0, 0, 0, 0, 0);

    internal long Sum => Lost + Duplicated + OutOfOrder + Closed + Failed;

    public static Faults operator +(Faults left, Faults right) => new(
        left.Lost + right.Lost,
        left.Duplicated + right.Duplicated,
        left.OutOfOrder + right.OutOfOrder,
        left.Closed + right.Closed,
        left.Failed + right.Failed);
}

/// <summary>One figure of one run of one server.</summary>
internal sealed record Measurement(string Figure, double Value, Faults Faults)
{
    internal double ItemsPerSecond { get; init; }

    internal double MedianMilliseconds { get; init; }

    internal double SlowestPercentMilliseconds { get; init; }

    internal double SwitchesPerItem { get; init; }

    internal double LoadMicrosecondsPerItem { get; init; }

    internal double OthersShare { get; init; }

    /// <summary>The reason why the first connection failed.</summary>
    internal string? FirstFault { get; init; }

    /// <summary>Creates a figure of CPU per item, with the values measured beside it.</summary>
    internal static Measurement OfCpu(string figure, Usage usage, long items, Histogram latency, Faults faults, string? firstFault) =>
        new(figure, usage.Server.TotalMicroseconds / Math.Max(items, 1), faults)
        {
            ItemsPerSecond = items / usage.Time.TotalSeconds,
            MedianMilliseconds = latency.Quantile(0.5) / 1000,
            SlowestPercentMilliseconds = latency.Quantile(0.99) / 1000,
            SwitchesPerItem = (double)usage.ServerSwitches / Math.Max(items, 1),
            LoadMicrosecondsPerItem = usage.Load.TotalMicroseconds / Math.Max(items, 1),
            OthersShare = usage.OthersShare,
            FirstFault = firstFault,
        };
}
