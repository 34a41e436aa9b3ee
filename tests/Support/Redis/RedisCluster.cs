using System.Diagnostics;
using System.Globalization;
using Serverless.Support.Processes;

namespace Serverless.Support.Redis;

/// <summary>Real redis-servers that form a cluster: three that share the slots, and optional replicas of the first.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int Owners = 3;
    private const int Slots = 16384;
    private static readonly TimeSpan FormLimit = TimeSpan.FromSeconds(30);

    private readonly List<RedisServer> _servers = [];

    /// <summary>The servers: first the three with slots, each a third, in order.</summary>
    public IReadOnlyList<RedisServer> Servers => _servers;

    /// <summary>The value of <c>Gateway:Redis</c> for this cluster: one server lists the others.</summary>
    public string Address => _servers[0].Address;

    public static async Task<RedisCluster> StartAsync(int replicas = 0)
    {
        var cluster = new RedisCluster();
        try
        {
            for (var i = 0; i < Owners + replicas; i++)
            {
                cluster._servers.Add(await RedisServer.StartAsync(
                    "--cluster-enabled", "yes", "--cluster-port", FreePort.Find().ToString(CultureInfo.InvariantCulture),
                    "--cluster-node-timeout", "2000", "--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"));
            }

            await cluster.FormAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the slot of a key, and the index of the server that has it at the start.</summary>
    public async Task<(int Slot, int Server)> PlaceOfAsync(string key)
    {
        var slot = int.Parse((await _servers[0].AskAsync($"CLUSTER KEYSLOT {key}"))[1..], CultureInfo.InvariantCulture);
        return (slot, Enumerable.Range(0, Owners).Single(server => slot >= First(server) && slot < First(server + 1)));
    }

    /// <summary>Moves a slot with its keys, in the steps of the Redis manual for a live cluster.</summary>
    public async Task MoveAsync(int slot, int from, int to)
    {
        var (source, target) = (await IdOfAsync(from), await IdOfAsync(to));
        await DoAsync(to, $"CLUSTER SETSLOT {slot} IMPORTING {source}");
        await DoAsync(from, $"CLUSTER SETSLOT {slot} MIGRATING {target}");
        foreach (var key in await _servers[from].ListAsync($"CLUSTER GETKEYSINSLOT {slot} 1000"))
        {
            await DoAsync(from, $"MIGRATE 127.0.0.1 {_servers[to].Port} {key} 0 5000");
        }

        await DoAsync(to, $"CLUSTER SETSLOT {slot} NODE {target}");
        await DoAsync(from, $"CLUSTER SETSLOT {slot} NODE {target}");
    }

    /// <summary>Waits until every running server reports a healthy cluster.</summary>
    public Task WellAsync() => UntilAsync(
        async server => server.HasExited || (await server.AskAsync("CLUSTER INFO")).Contains("cluster_state:ok", StringComparison.Ordinal),
        "the cluster is healthy");

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private static int First(int server) => Slots * server / Owners;

    private async Task FormAsync()
    {
        for (var i = 0; i < Owners; i++)
        {
            await DoAsync(i, $"CLUSTER ADDSLOTSRANGE {First(i)} {First(i + 1) - 1}");
        }

        for (var i = 1; i < _servers.Count; i++)
        {
            await DoAsync(i, $"CLUSTER SET-CONFIG-EPOCH {i + 1}");
            var bus = (await _servers[0].ListAsync("CONFIG GET cluster-port"))[1];
            await DoAsync(i, $"CLUSTER MEET 127.0.0.1 {_servers[0].Port} {bus}");
        }

        await UntilAsync(
            async server => (await server.AskAsync("CLUSTER INFO")).Contains($"cluster_known_nodes:{_servers.Count}", StringComparison.Ordinal),
            "the servers know each other");
        var first = await IdOfAsync(0);
        for (var i = Owners; i < _servers.Count; i++)
        {
            await DoAsync(i, $"CLUSTER REPLICATE {first}");
            var replica = _servers[i];
            await UntilAsync(
                async server => server != replica || (await server.AskAsync("INFO replication")).Contains("master_link_status:up", StringComparison.Ordinal),
                "the replica is connected to its master");
        }

        await WellAsync();
    }

    private Task<string> IdOfAsync(int server) => _servers[server].AskAsync("CLUSTER MYID");

    private async Task DoAsync(int server, string command)
    {
        var answer = await _servers[server].AskAsync(command);
        if (answer is not ("+OK" or "+NOKEY"))
        {
            throw new InvalidOperationException($"{command}: {answer}");
        }
    }

    private async Task UntilAsync(Func<RedisServer, Task<bool>> condition, string what)
    {
        var limit = Stopwatch.StartNew();
        foreach (var server in _servers)
        {
            while (!await condition(server))
            {
                if (limit.Elapsed > FormLimit)
                {
                    throw new InvalidOperationException($"Waited without success until: {what}");
                }

                await Task.Delay(20);
            }
        }
    }
}
