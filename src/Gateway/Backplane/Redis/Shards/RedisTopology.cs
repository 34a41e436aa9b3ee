using Serverless.Gateway.Backplane.Redis.Resp;

namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>Which server of a cluster has which slots, as one of them sees it; or that there is one server only.</summary>
internal sealed class RedisTopology
{
    private static readonly ReadOnlyMemory<byte> ClusterCommand = RespConnection.Part("CLUSTER");

    private readonly RedisEndpoint?[] _owners;

    private RedisTopology(RedisEndpoint?[] owners) => _owners = owners;

    /// <summary>One server, or several behind one address.</summary>
    public static RedisTopology OneServer { get; } = new([]);

    public bool IsCluster => _owners.Length > 0;

    /// <summary>The server that has a slot; null if none has.</summary>
    public RedisEndpoint? OwnerOf(int slot) => _owners[slot];

    /// <summary>Asks a server.</summary>
    /// <param name="connection">The connection to it.</param>
    /// <param name="server">Where it is.</param>
    /// <param name="hello">Its answer to HELLO, if it has just been asked.</param>
    /// <exception cref="RedisException">It is a cluster's, and cannot serve now.</exception>
    public static async Task<RedisTopology> AskAsync(RespConnection connection, RedisEndpoint server, RespValue? hello)
    {
        RespValue slots;
        try
        {
            slots = await connection.AskAsync(ClusterCommand, RespConnection.Part("SLOTS"));
        }
        catch (RedisException) when (hello is not null && !SaysCluster(hello))
        {
            // None of a cluster's: "cluster support disabled", "not allowed", or the user may not know.
            return OneServer;
        }

        await CheckAsync(connection);
        return Read(slots, server);
    }

    /// <summary>Sees whether a cluster's server is one still: cut off from the others it would take messages that nobody hears.</summary>
    /// <exception cref="RedisException">It is not.</exception>
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
                throw new InvalidDataException("The answer to CLUSTER SLOTS is no list of slots.");
            }

            for (var slot = (int)first.Number; slot <= (int)last.Number; slot++)
            {
                owners[slot] = RedisEndpoint.Told(host.Text, (int)port.Number, server);
            }
        }

        return new RedisTopology(owners);
    }

    // A map of names to values, "mode" among them.
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
