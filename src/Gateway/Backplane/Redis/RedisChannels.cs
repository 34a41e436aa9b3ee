using System.Buffers.Text;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>
/// Names of channels. Each node hears its own, and those of the hubs, groups and users that it has connections of. All of a hub's
/// share a slot.
/// </summary>
internal static class RedisChannels
{
    private const int NodeTextLength = 8; // a node's 6 bytes in Base64Url

    public static string Node(string node) => $"sg:n:{node}";

    public static string Of(HubName hub, TargetKind kind, string name) => kind switch
    {
        TargetKind.All => $"sg:{{{hub.Value}}}:a",
        TargetKind.Group => $"sg:{{{hub.Value}}}:g:{name}",
        TargetKind.User => $"sg:{{{hub.Value}}}:u:{name}",
        _ => $"sg:{{{hub.Value}}}:c:{name}",
    };

    /// <summary>
    /// Where a target's nodes listen. A connection lives at its home node, which its id names, or at one that listens for it especially.
    /// </summary>
    public static IEnumerable<string> To(HubName hub, Target target, NodeId self)
    {
        if (target.Kind == TargetKind.Connection && HomeOf(target.Name) is { } home && home != self.Value)
        {
            yield return Node(home);
        }

        yield return Of(hub, target.Kind, target.Name);
    }

    /// <summary>The node that negotiated a connection; null if the id is none of ours.</summary>
    public static string? HomeOf(string connectionId) =>
        connectionId.Length == Base64Url.GetEncodedLength(ConnectionId.ByteCount) && Base64Url.IsValid(connectionId)
            ? connectionId[..NodeTextLength]
            : null;
}
