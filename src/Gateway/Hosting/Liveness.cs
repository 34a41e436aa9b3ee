using Serverless.Gateway.Connections.Upkeep;

namespace Serverless.Gateway.Hosting;

/// <summary>Whether the process can still do its work. What fails outside it, or passes by itself, is no reason for a restart.</summary>
internal sealed class Liveness(Heartbeat heartbeat, TimeProvider time)
{
    public const string Live = "Live";

    // The heartbeat comes every second; a process that has been stopped for a while catches up within the next.
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);

    /// <summary>What only a restart mends; null if there is nothing.</summary>
    public string? Failure => time.GetElapsedTime(heartbeat.LastAt) is { } since && since >= MaxPause
        ? $"The heartbeat of the connections has stood still for {since.TotalSeconds:0} s."
        : null;
}
