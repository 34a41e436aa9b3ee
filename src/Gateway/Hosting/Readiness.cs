using Serverless.Gateway.Backplane;
using Serverless.Gateway.Clients.Sessions;

namespace Serverless.Gateway.Hosting;

/// <summary>Decides whether a load balancer may send clients to this node.</summary>
internal sealed class Readiness(IHostApplicationLifetime lifetime, IBackplane backplane, ClientCapacity capacity, TimeProvider time)
{
    public const string Ready = "Ready";

    // After this time a node whose Redis is unreachable serves its own clients.
    private static readonly TimeSpan JoinTimeout = TimeSpan.FromSeconds(10);

    private readonly long _startedAt = time.GetTimestamp();
    private volatile bool _hasJoined = backplane.IsAlone;

    /// <summary>The state in a word, for the probe; a node that refuses new clients adds the reason.</summary>
    public string State =>
        lifetime.ApplicationStopping.IsCancellationRequested ? "Draining"
        : !HasJoined() ? "Joining"
        : capacity.FullBecause is { } reason ? $"Full: {reason}"
        : Ready;

    // Clients that connected sooner would miss messages of other nodes. Joining once is enough: later the node tolerates an unreachable Redis.
    private bool HasJoined() =>
        _hasJoined || (_hasJoined = backplane.Status.State != BackplaneStatus.Unavailable || time.GetElapsedTime(_startedAt) >= JoinTimeout);
}
