using System.Buffers.Text;
using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Backplane.Redis;

/// <summary>
/// Provides the names of channels and keys. Each node subscribes to its own channel and to those of the hubs, groups, users and connections
/// that it has. All names of a hub share a slot of a cluster, because the text between braces decides the slot.
/// </summary>
/// <param name="prefix">The text that every name begins with, before a colon. Deployments that share a Redis have different prefixes.</param>
internal sealed class RedisNames(string prefix = RedisAddress.DefaultPrefix)
{
    private const int NodeTextLength = 8; // a node's 6 bytes in Base64Url

    /// <summary>Gets the text that every name begins with, before a colon.</summary>
    public string Prefix => prefix;

    /// <summary>Gets the key of the hash of all nodes.</summary>
    public string Nodes { get; } = $"{prefix}:nodes";

    /// <summary>Returns a key of one node's life in the ledger. All keys of a life share a slot.</summary>
    public string Ledger(string kind, string life) => $"{prefix}:{kind}:{{{life}}}";

    /// <summary>Returns the place that a ledger's entry is signed for: one connection of one node, in any of its lives.</summary>
    public string LedgerEntry(string node, string connectionId) => $"{prefix}:ledger:{node}\n{connectionId}";

    /// <summary>Returns the key that the first user of a connection token sets.</summary>
    public string Claim(string connectionId) => $"{prefix}:claim:{connectionId}";

    /// <summary>Returns the channel on which a node gets answers.</summary>
    public string Node(string node) => $"{prefix}:n:{{{node}}}";

    /// <summary>Returns the channel on which a node gets messages for the connections that were negotiated there.</summary>
    public string Home(HubName hub, string node) => $"{prefix}:{{{hub.Value}}}:n:{node}";

    /// <summary>Returns the channel of a target.</summary>
    public string Of(HubName hub, TargetKind kind, string name) => kind switch
    {
        TargetKind.All => $"{prefix}:{{{hub.Value}}}:a",
        TargetKind.Group => $"{prefix}:{{{hub.Value}}}:g:{name}",
        TargetKind.User => $"{prefix}:{{{hub.Value}}}:u:{name}",
        _ => $"{prefix}:{{{hub.Value}}}:c:{name}",
    };

    /// <summary>
    /// Returns the channel to which a node subscribes for one of its own names: a connection that was negotiated here needs no channel of its
    /// own.
    /// </summary>
    public string Here(HubName hub, TargetKind kind, string name, NodeId self) =>
        kind == TargetKind.Connection && HomeOf(name) == self.Value ? Home(hub, self.Value) : Of(hub, kind, name);

    /// <summary>Returns the key of the hub's stream, in the slot of its channels.</summary>
    public string Stream(HubName hub) => $"{prefix}:{{{hub.Value}}}:s";

    /// <summary>Returns the channel on which readers of the hub's stream learn of new entries.</summary>
    public string StreamWake(HubName hub) => $"{prefix}:{{{hub.Value}}}:w";

    /// <summary>
    /// Returns the channels of a target's nodes. A connection is on its home node, which its id names, or on a node that subscribes to the
    /// connection's own channel.
    /// </summary>
    public IEnumerable<string> To(HubName hub, Target target, NodeId self)
    {
        if (HomeOf(hub, target, self) is { } home)
        {
            yield return home;
        }

        yield return Of(hub, target.Kind, target.Name);
    }

    /// <summary>
    /// Returns the channel of the home node of the connection that is the target; null if this is the home node, or the target is not a
    /// connection.
    /// </summary>
    public string? HomeOf(HubName hub, Target target, NodeId self) =>
        target.Kind == TargetKind.Connection && HomeOf(target.Name) is { } home && home != self.Value ? Home(hub, home) : null;

    /// <summary>
    /// Returns the one channel that stands for all on which a message is sent: the connection's own channel in place of its home's. So a
    /// message is signed once for both.
    /// </summary>
    public string PlaceOf(string channel, BackplaneMessage message) =>
        message.Target.Kind == TargetKind.Connection && HomeOf(message.Target.Name) is { } home && channel == Home(message.Hub, home)
            ? Of(message.Hub, TargetKind.Connection, message.Target.Name)
            : channel;

    /// <summary>Returns the node that negotiated a connection; null if the id does not have a gateway's form.</summary>
    public static string? HomeOf(string connectionId) =>
        connectionId.Length == Base64Url.GetEncodedLength(ConnectionId.ByteCount) && Base64Url.IsValid(connectionId)
            ? connectionId[..NodeTextLength]
            : null;
}
