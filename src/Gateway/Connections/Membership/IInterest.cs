using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Connections.Membership;

/// <summary>Hears for whom this node has connections, so that it is sent what concerns them. Calls come in pairs for each connection.</summary>
internal interface IInterest
{
    /// <summary>A connection is now one of those that the name names.</summary>
    void Joined(HubName hub, TargetKind kind, string name);

    /// <summary>A connection is no longer one of those.</summary>
    void Left(HubName hub, TargetKind kind, string name);

    /// <summary>Ends when everything joined so far is heard of by all nodes, or the way to them is away.</summary>
    ValueTask SettledAsync();
}

/// <summary>A node alone: everybody is here.</summary>
internal sealed class NoInterest : IInterest
{
    public static NoInterest Instance { get; } = new();

    public void Joined(HubName hub, TargetKind kind, string name)
    {
        // Nobody else needs to know.
    }

    public void Left(HubName hub, TargetKind kind, string name)
    {
        // Nobody else needs to know.
    }

    public ValueTask SettledAsync() => default;
}
