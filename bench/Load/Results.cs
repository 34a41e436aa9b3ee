namespace Serverless.Load;

/// <summary>The middle of several runs and how far they lie apart.</summary>
internal readonly record struct Spread(double Median, double Lowest, double Highest)
{
    internal static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
        {
            return default;
        }

        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }
}

/// <summary>All that has been measured so far, in the order in which it was.</summary>
internal sealed class Results
{
    private readonly List<(Subject Subject, Measurement Measurement)> _all = [];
    private readonly List<(Subject Subject, Measurement Measurement)> _setAside = [];

    internal Faults Faults => _all.Concat(_setAside).Aggregate(Faults.None, (sum, one) => sum + one.Measurement.Faults);

    /// <summary>Runs that were repeated because others used the machine meanwhile.</summary>
    internal int Repeated { get; private set; }

    internal Spread OthersShare => Spread.Of(
        _all.Where(one => one.Measurement.ItemsPerSecond > 0).Select(one => one.Measurement.OthersShare));

    internal void Add(Subject subject, IEnumerable<Measurement> measurements) =>
        _all.AddRange(measurements.Select(one => (subject, one)));

    internal void SetAside(Subject subject, IEnumerable<Measurement> measurements)
    {
        _setAside.AddRange(measurements.Select(one => (subject, one)));
        Repeated++;
    }

    internal Faults FaultsOf(Subject subject) => _all.Concat(_setAside)
        .Where(one => one.Subject == subject)
        .Aggregate(Faults.None, (sum, one) => sum + one.Measurement.Faults);

    internal IReadOnlyList<Measurement> Of(Subject subject, Figure figure) =>
        [.. _all.Where(one => one.Subject == subject && one.Measurement.Figure == figure.Key).Select(one => one.Measurement)];

    internal Spread Values(Subject subject, Figure figure) => Spread.Of(Of(subject, figure).Select(one => one.Value));

    /// <summary>The first to the second subject, run by run, or null when one of them was not measured.</summary>
    internal Spread? Ratio(Subject first, Subject second, Figure figure)
    {
        var ratios = Of(first, figure).Zip(Of(second, figure), (mine, theirs) => mine.Value / theirs.Value).ToArray();
        return ratios.Length > 0 ? Spread.Of(ratios) : null;
    }
}
