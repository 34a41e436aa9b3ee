using Serverless.Gateway.Backplane.Redis.Resp;

namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>Represents the owners of the slots of a cluster, as one of its servers sees them; or a single server.</summary>
internal sealed class RedisTopology
{
    private static readonly ReadOnlyMemory<byte> ClusterCommand = RespConnection.Part("CLUSTER");

    private readonly RedisEndpoint?[] _owners;

    private RedisTopology(RedisEndpoint?[] owners) => _owners = owners;

    /// <summary>Gets the topology of a single server, or of several behind one address.</summary>
    public static RedisTopology OneServer { get; } = new([]);

    /// <summary>Gets a value that indicates whether this is a cluster.</summary>
    public bool IsCluster => _owners.Length > 0;

    /// <summary>Returns the server that owns a slot; null if the slot has no owner.</summary>
    public RedisEndpoint? OwnerOf(int slot) => _owners[slot];

    /// <summary>Reads the topology from a server.</summary>
    /// <param name="connection">The connection to it.</param>
    /// <param name="server">The address of the server.</param>
    /// <param name="hello">Its answer to HELLO, if the connection is new.</param>
    /// <exception cref="RedisException">The server is part of a cluster and cannot serve now.</exception>
    public static async Task<RedisTopology> AskAsync(RespConnection connection, RedisEndpoint server, RespValue? hello)
    {
        RespValue slots;
        try
        {
            slots = await connection.AskAsync(ClusterCommand, RespConnection.Part("SLOTS"));
        }
        catch (RedisException) when (hello is not null && !SaysCluster(hello))
        {
            // Not a cluster: "cluster support disabled", "not allowed", or the user has no permission.
            return OneServer;
        }

        await CheckAsync(connection);
        return Read(slots, server);
    }

    /// <summary>Checks that a server is still part of its cluster: a server that is cut off takes messages that no subscriber gets.</summary>
    /// <exception cref="RedisException">The cluster is down for this server.</exception>
    public static async Task CheckAsync(RespConnection connection)
    {
        var info = await connection.AskAsync(ClusterCommand, RespConnection.Part("INFO"));
        if (info.Text.Contains("cluster_state:fail", StringComparison.Ordinal))
        {
            throw new RedisException("CLUSTERDOWN The cluster is down");
        }
    }

    /// <summary>
    /// Reads the answer to CLUSTER SLOTS: a list of <c>[first slot, last slot, [host, port, …], replicas …]</c>.
    /// </summary>
    public static RedisTopology Read(RespValue slots, RedisEndpoint server)
    {
        var owners = new RedisEndpoint?[HashSlot.Count];
        foreach (var range in slots.Items)
        {
            if (range.Items is not [var first, var last, { Items: [var host, var port, ..] }, ..])
            {
                throw new InvalidDataException("The answer to CLUSTER SLOTS is not a list of slots.");
            }

            for (var slot = (int)first.Number; slot <= (int)last.Number; slot++)
            {
                owners[slot] = RedisEndpoint.Told(host.Text, (int)port.Number, server);
            }
        }

        return new RedisTopology(owners);
    }

    // The answer is a list of names and values in turn, "mode" among them.
    private static bool SaysCluster(RespValue hello)
    {
        for (var i = 0; i + 1 < hello.Items.Count; i += 2)
        {
            if (hello.Items[i].Text == "mode")
            {
                return hello.Items[i + 1].Text == "cluster";
            }
        }

        return false;
    }
}
