namespace Serverless.Load;

/// <summary>The median of several runs and their range.</summary>
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

/// <summary>Calculates confidence intervals of the median.</summary>
internal static class Certainty
{
    private const double MaxWrong = 0.05;

    /// <summary>
    /// Returns the 95 % confidence interval of the median, for any distribution of the values: from the k-th lowest to the k-th highest. k is
    /// the largest rank at which the interval misses the median in at most 5 % of the cases. Null for fewer than six values.
    /// </summary>
    internal static (double From, double To)? OfMedian(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        var chance = Math.Pow(0.5, sorted.Length);
        var outside = chance;
        var rank = 0;
        while (2 * outside <= MaxWrong)
        {
            rank++;
            chance *= (double)(sorted.Length - rank + 1) / rank;
            outside += chance;
        }

        return rank == 0 ? null : (sorted[rank - 1], sorted[^rank]);
    }
}

/// <summary>The measurements so far, in order.</summary>
internal sealed class Results
{
    private readonly List<(Subject Subject, Measurement Measurement)> _all = [];
    private readonly List<(Subject Subject, Measurement Measurement)> _setAside = [];

    internal Faults Faults => _all.Concat(_setAside).Aggregate(Faults.None, (sum, one) => sum + one.Measurement.Faults);

    /// <summary>The number of runs that were repeated because other processes used the machine.</summary>
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

    /// <summary>Returns the ratios of the first to the second subject, run by run.</summary>
    internal IReadOnlyList<double> Ratios(Subject first, Subject second, Figure figure) =>
        [.. Of(first, figure).Zip(Of(second, figure), (mine, theirs) => mine.Value / theirs.Value)];

    /// <summary>Returns the median and range of the ratios, or null when one of the subjects was not measured.</summary>
    internal Spread? Ratio(Subject first, Subject second, Figure figure) =>
        Ratios(first, second, figure) is { Count: > 0 } ratios ? Spread.Of(ratios) : null;
}
