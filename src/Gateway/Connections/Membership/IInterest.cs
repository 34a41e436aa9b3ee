using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Connections.Membership;

/// <summary>
/// Receives the names that this node has connections for, so that it gets the messages for them. Calls come in pairs for each connection.
/// </summary>
internal interface IInterest
{
    /// <summary>Records that a connection belongs to a name.</summary>
    void Joined(HubName hub, TargetKind kind, string name);

    /// <summary>Records that a connection no longer belongs to a name.</summary>
    void Left(HubName hub, TargetKind kind, string name);

    /// <summary>Returns a task that completes when all nodes know of the names joined so far, or when they are unreachable.</summary>
    ValueTask SettledAsync();
}

/// <summary>Ignores the names, on a node without others.</summary>
internal sealed class NoInterest : IInterest
{
    public static NoInterest Instance { get; } = new();

    public void Joined(HubName hub, TargetKind kind, string name)
    {
        // No other node needs to know.
    }

    public void Left(HubName hub, TargetKind kind, string name)
    {
        // No other node needs to know.
    }

    public ValueTask SettledAsync() => default;
}
