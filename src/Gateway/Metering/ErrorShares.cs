namespace Serverless.Gateway.Metering;

/// <summary>Computes the shares of the last minute's connection ends by party at fault. Called occasionally, from any thread.</summary>
internal sealed class ErrorShares(HubMeters meters, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Grain = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();

    // Under _gate: sums of all ends at earlier moments, the oldest just outside the window.
    private readonly LinkedList<(long At, Ends Ends)> _earlier = [];

    /// <summary>Returns a party's share in percent.</summary>
    public double Of(Fault fault)
    {
        var now = time.GetTimestamp();
        var ends = Count();
        lock (_gate)
        {
            if (_earlier.Last is not { } last || time.GetElapsedTime(last.Value.At, now) >= Grain)
            {
                _earlier.AddLast((now, ends));
            }

            while (_earlier.First!.Next is { } second && time.GetElapsedTime(second.Value.At, now) >= Window)
            {
                _earlier.RemoveFirst();
            }

            var (at, before) = _earlier.First.Value;
            var all = ends.All - before.All;
            var those = fault == Fault.User ? ends.User - before.User : ends.System - before.System;
            return all == 0 || time.GetElapsedTime(at, now) == TimeSpan.Zero ? 0 : 100.0 * those / all;
        }
    }

    private Ends Count()
    {
        var ends = default(Ends);
        foreach (var meter in meters.All)
        {
            foreach (var category in CloseCategories.All)
            {
                var fault = category.Fault();
                var count = ConnectionKinds.All.Sum(kind => meter.ClosedOf(kind, category));
                ends = new Ends(
                    ends.All + count, ends.User + (fault == Fault.User ? count : 0), ends.System + (fault == Fault.System ? count : 0));
            }
        }

        return ends;
    }

    private readonly record struct Ends(long All, long User, long System);
}
