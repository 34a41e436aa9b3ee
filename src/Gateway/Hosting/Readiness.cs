using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Sessions;

namespace Serverless.Gateway.Hosting;

/// <summary>Whether a load balancer may send clients here.</summary>
internal sealed class Readiness(IHostApplicationLifetime lifetime, IBackplane backplane, ClientCapacity capacity, TimeProvider time)
{
    public const string Ready = "Ready";

    // A node whose Redis is away serves its own clients.
    private static readonly TimeSpan JoinTimeout = TimeSpan.FromSeconds(10);

    private readonly long _startedAt = time.GetTimestamp();
    private volatile bool _hasJoined = backplane.IsAlone;

    /// <summary>In a word, for the probe; a node that refuses new clients also says why.</summary>
    public string State =>
        lifetime.ApplicationStopping.IsCancellationRequested ? "Draining"
        : !HasJoined() ? "Joining"
        : capacity.FullBecause is { } reason ? $"Full: {reason}"
        : Ready;

    // Clients that came sooner would miss what other nodes send. Once is enough: later a node rides out an absence.
    private bool HasJoined() =>
        _hasJoined || (_hasJoined = backplane.Status.State != BackplaneStatus.Unavailable || time.GetElapsedTime(_startedAt) >= JoinTimeout);
}
