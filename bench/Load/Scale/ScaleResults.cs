namespace Serverless.Load.Scale;

/// <summary>The measurements so far.</summary>
internal sealed class ScaleResults
{
    internal List<ScaleMeasurement> All { get; } = [];

    internal List<IdleMeasurement> Idle { get; } = [];

    internal List<string> Failures { get; } = [];

    internal RedisConstants? Constants { get; set; }

    internal Spread Of(Setup setup, Kind kind, Func<ScaleMeasurement, double> part) =>
        Spread.Of(All.Where(one => one.Setup == setup && one.Kind == kind).Select(part));

    internal Spread IdleOf(Setup setup, Func<IdleMeasurement, double> part) => Spread.Of(Idle.Where(one => one.Setup == setup).Select(part));
}
