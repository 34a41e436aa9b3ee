using System.Buffers.Text;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane.Ledger;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>
/// Names of channels and keys. Each node hears its own channel, and those of the hubs, groups, users and connections that it has. All of a
/// hub's share a slot of a cluster, as what is between braces decides it.
/// </summary>
/// <param name="prefix">What every name begins with, before a colon. Deployments that share a Redis have different ones.</param>
internal sealed class RedisNames(string prefix = RedisAddress.DefaultPrefix)
{
    private const int NodeTextLength = 8; // a node's 6 bytes in Base64Url

    /// <summary>What every name begins with, before a colon.</summary>
    public string Prefix => prefix;

    /// <summary>The key of the hash that has the nodes.</summary>
    public string Nodes { get; } = $"{prefix}:nodes";

    /// <summary>A key of one node's life in the ledger. All of a life's keys share a slot.</summary>
    public string Ledger(string kind, string life) => $"{prefix}:{kind}:{{{life}}}";

    /// <summary>What a ledger's entry is signed for: one connection of one node, in whichever of its lives.</summary>
    public string LedgerEntry(string node, string connectionId) => $"{prefix}:ledger:{node}\n{connectionId}";

    /// <summary>The key that the first user of a connection token sets.</summary>
    public string Claim(string connectionId) => $"{prefix}:claim:{connectionId}";

    /// <summary>Where a node hears answers.</summary>
    public string Node(string node) => $"{prefix}:n:{{{node}}}";

    /// <summary>Where a node hears what is for connections that were negotiated there.</summary>
    public string Home(HubName hub, string node) => $"{prefix}:{{{hub.Value}}}:n:{node}";

    public string Of(HubName hub, TargetKind kind, string name) => kind switch
    {
        TargetKind.All => $"{prefix}:{{{hub.Value}}}:a",
        TargetKind.Group => $"{prefix}:{{{hub.Value}}}:g:{name}",
        TargetKind.User => $"{prefix}:{{{hub.Value}}}:u:{name}",
        _ => $"{prefix}:{{{hub.Value}}}:c:{name}",
    };

    /// <summary>Where a node listens for one of its own: a connection that was negotiated here needs no channel of its own.</summary>
    public string Here(HubName hub, TargetKind kind, string name, NodeId self) =>
        kind == TargetKind.Connection && HomeOf(name) == self.Value ? Home(hub, self.Value) : Of(hub, kind, name);

    /// <summary>The key of the hub's stream, in the slot of its channels.</summary>
    public string Stream(HubName hub) => $"{prefix}:{{{hub.Value}}}:s";

    /// <summary>Where those who read the hub's stream hear that there is something in it.</summary>
    public string StreamWake(HubName hub) => $"{prefix}:{{{hub.Value}}}:w";

    /// <summary>
    /// Where a target's nodes listen. A connection lives at its home node, which its id names, or at one that listens for it especially.
    /// </summary>
    public IEnumerable<string> To(HubName hub, Target target, NodeId self)
    {
        if (HomeOf(hub, target, self) is { } home)
        {
            yield return home;
        }

        yield return Of(hub, target.Kind, target.Name);
    }

    /// <summary>Where the home node of the connection that is the target listens; null if that is this one, or the target is another.</summary>
    public string? HomeOf(HubName hub, Target target, NodeId self) =>
        target.Kind == TargetKind.Connection && HomeOf(target.Name) is { } home && home != self.Value ? Home(hub, home) : null;

    /// <summary>
    /// The one channel that stands for all on which a message is sent: the connection's own where the channel is that of its home. So a
    /// message is signed once for both.
    /// </summary>
    public string PlaceOf(string channel, BackplaneMessage message) =>
        message.Target.Kind == TargetKind.Connection && HomeOf(message.Target.Name) is { } home && channel == Home(message.Hub, home)
            ? Of(message.Hub, TargetKind.Connection, message.Target.Name)
            : channel;

    /// <summary>The node that negotiated a connection; null if the id is none of ours.</summary>
    public static string? HomeOf(string connectionId) =>
        connectionId.Length == Base64Url.GetEncodedLength(ConnectionId.ByteCount) && Base64Url.IsValid(connectionId)
            ? connectionId[..NodeTextLength]
            : null;
}
