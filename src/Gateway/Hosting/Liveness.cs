using Serverless.Gateway.Connections.Upkeep;

namespace Serverless.Gateway.Hosting;

/// <summary>Finds failures of the process that only a restart mends. Failures outside the process, or temporary ones, do not count.</summary>
internal sealed class Liveness(Heartbeat heartbeat, TimeProvider time)
{
    public const string Live = "Live";

    // The heartbeat runs every second; a process that was suspended catches up within the next second.
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    /// <summary>A failure that only a restart mends; null while there is none.</summary>
    public string? Failure => time.GetElapsedTime(heartbeat.LastAt) is { } since && since >= MaxPause
        ? $"The heartbeat of the connections stopped {since.TotalSeconds:0} s ago."
        : null;
}
