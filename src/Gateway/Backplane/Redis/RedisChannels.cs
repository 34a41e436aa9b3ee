using System.Buffers.Text;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>
/// Names of channels. Each node hears its own, and those of the hubs, groups, users and connections that it has. All of a hub's
/// share a slot of a cluster, as what is between braces decides it.
/// </summary>
internal static class RedisChannels
{
    private const int NodeTextLength = 8; // a node's 6 bytes in Base64Url

    /// <summary>Where a node hears answers.</summary>
    public static string Node(string node) => $"sg:n:{{{node}}}";

    /// <summary>Where a node hears what is for connections that were negotiated there.</summary>
    public static string Home(HubName hub, string node) => $"sg:{{{hub.Value}}}:n:{node}";

    public static string Of(HubName hub, TargetKind kind, string name) => kind switch
    {
        TargetKind.All => $"sg:{{{hub.Value}}}:a",
        TargetKind.Group => $"sg:{{{hub.Value}}}:g:{name}",
        TargetKind.User => $"sg:{{{hub.Value}}}:u:{name}",
        _ => $"sg:{{{hub.Value}}}:c:{name}",
    };

    /// <summary>Where a node listens for one of its own: a connection that was negotiated here needs no channel of its own.</summary>
    public static string Here(HubName hub, TargetKind kind, string name, NodeId self) =>
        kind == TargetKind.Connection && HomeOf(name) == self.Value ? Home(hub, self.Value) : Of(hub, kind, name);

    /// <summary>The key of the hub's stream, in the slot of its channels.</summary>
    public static string Stream(HubName hub) => $"sg:{{{hub.Value}}}:s";

    /// <summary>Where those who read the hub's stream hear that there is something in it.</summary>
    public static string StreamWake(HubName hub) => $"sg:{{{hub.Value}}}:w";

    /// <summary>
    /// Where a target's nodes listen. A connection lives at its home node, which its id names, or at one that listens for it especially.
    /// </summary>
    public static IEnumerable<string> To(HubName hub, Target target, NodeId self)
    {
        if (HomeOf(hub, target, self) is { } home)
        {
            yield return home;
        }

        yield return Of(hub, target.Kind, target.Name);
    }

    /// <summary>Where the home node of the connection that is the target listens; null if that is this one, or the target is another.</summary>
    public static string? HomeOf(HubName hub, Target target, NodeId self) =>
        target.Kind == TargetKind.Connection && HomeOf(target.Name) is { } home && home != self.Value ? Home(hub, home) : null;

    /// <summary>The node that negotiated a connection; null if the id is none of ours.</summary>
    public static string? HomeOf(string connectionId) =>
        connectionId.Length == Base64Url.GetEncodedLength(ConnectionId.ByteCount) && Base64Url.IsValid(connectionId)
            ? connectionId[..NodeTextLength]
            : null;
}
